// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What events for nothing cost. Host.

package netif

import (
	"testing"
	"time"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/xentest"
)

// counting is a clock on which all time has passed, and that counts who asked.
type counting struct{ asked int }

func (c *counting) Now() time.Time { return time.Time{} }

func (c *counting) AfterFunc(d time.Duration, f func()) clock.Timer {
	if d == pause {
		c.asked++
	}
	f()
	return nil
}

// TestVainEvents (XSA-391): each event for nothing, behind the first hundred, is
// followed by a pause; one packet, and a hundred may come again. None is lost.
func TestVainEvents(t *testing.T) {
	e, err := xentest.New(t, 1).Domain(1).Events().IPI(0)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	c := &counting{}
	p := newPort(e, c)
	vain := func(n int) {
		for range n {
			seen := p.bell.Rings()
			e.Notify()
			p.wait(seen)
		}
	}
	for _, step := range []struct{ events, pauses int }{{vainLimit, 0}, {50, 50}, {1, 51}} {
		vain(step.events)
		if c.asked != step.pauses {
			t.Errorf("%d pauses, not %d", c.asked, step.pauses)
		}
	}
	p.moved()
	if vain(vainLimit); c.asked != 51 {
		t.Errorf("%d pauses after a packet", c.asked)
	}
}
