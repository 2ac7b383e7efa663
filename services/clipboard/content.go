// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Contents: pages, and what is known of them. Any goroutine.

package clipboard

import (
	"sync"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/clock"
)

// content is what somebody copied. Nothing but its pages has its bytes.
type content struct {
	number uint64
	source *directory.Client
	meta   Meta
	size   int
	at     time.Time
	block  *slice.Block
	timer  clock.Timer // expiry

	mu      sync.Mutex
	users   int
	dropped bool
}

// use counts one more who looks at the pages. The clipboard holds the content: its lock is held.
func (k *content) use() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.users++
}

// done is the end of a use. The last one overwrites the pages if the clipboard has let go of them.
func (k *content) done() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.users--
	k.free()
}

// drop is the clipboard's letting go: it pays no longer.
func (k *content) drop(lent *slice.Account) {
	k.timer.Stop()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dropped = true
	k.block.Charge(lent) // has room for anything
	k.free()
}

// free overwrites the pages if nobody needs them. k.mu is held.
func (k *content) free() {
	if k.dropped && k.users == 0 {
		k.block.Free()
	}
}
