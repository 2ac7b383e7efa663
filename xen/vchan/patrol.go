// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Who looks whether a partner still exists while a connection waits for it. Any goroutine.

package vchan

import (
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
)

// patrolEvery is how often a waiting connection looks whether its partner still exists.
const patrolEvery = time.Second

// patrol looks after a partner while somebody waits for it. Xen raises no event for a domain that was destroyed.
type patrol struct {
	clock clock.Clock
	round func() bool // looks; true ends the patrol
	bell  *evtchn.Bell
	going atomic.Bool
}

// start sends the patrol off unless it is on its way. The bell's lock is held and says that somebody waits.
func (p *patrol) start() {
	if !p.going.Swap(true) {
		p.clock.AfterFunc(patrolEvery, p.walk)
	}
}

// walk goes one round, and another one if somebody still waits. Whoever begins to wait after going was cleared starts the
// patrol himself; whoever began before that is seen here.
func (p *patrol) walk() {
	if p.round() {
		return
	}
	p.going.Store(false)
	if p.bell.Awaited() {
		p.start()
	}
}
