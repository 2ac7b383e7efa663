// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The event with which a client that waits reminds its server. Host.

package vchan

import (
	"testing"

	"github.com/domlet/domlet/xen/clock"
)

// counting is a channel that counts the events sent.
type counting struct {
	restless
	sent int
}

func (c *counting) Notify() error {
	c.sent++
	return nil
}

// TestNudge: who only asks whether the server is there sends no event, and leaves the one that the patrol sends for later.
func TestNudge(t *testing.T) {
	p := newPair(orders{10, 11}, 0)
	event := &counting{}
	c := newConn(p.client, event, clock.System{}, func() error { return nil })
	c.nudge.Store(true)
	if c.Gone() || event.sent != 0 {
		t.Errorf("a look sent %d events", event.sent)
	}
	for range 3 {
		if c.round(); event.sent != 1 {
			t.Errorf("the patrol sent %d events", event.sent)
		}
	}
}
