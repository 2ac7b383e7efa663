// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Event channels in memory, where they differ from Xen's: faults, kills, limits.
// Host.

package xentest

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/xen/evtchn"
)

// pair connects domains 1 and 2 of a host.
func pair(t *testing.T, h *Host) (a, b *evtchn.Channel) {
	t.Helper()
	a, err := h.Domain(1).Events().Unbound(2)
	if err != nil {
		t.Fatal(err)
	}
	b, err = h.Domain(2).Events().Interdomain(1, a.Port())
	if err != nil {
		t.Fatal(err)
	}
	if err := within(b, time.Minute); err != nil {
		t.Fatalf("the event that comes with binding: %v", err)
	}
	return a, b
}

func within(c *evtchn.Channel, d time.Duration) error { return c.WaitUntil(time.Now().Add(d)) }

func TestKill(t *testing.T) {
	h := New(t, 1)
	a, b := pair(t, h)
	ended := make(chan error)
	go func() { ended <- a.WaitUntil(time.Time{}) }()
	old := h.Domain(1)
	old.Kill()
	old.Kill()
	if err := <-ended; err != os.ErrClosed {
		t.Errorf("the dead domain's wait ended with %v", err)
	}
	if s, err := b.Status(); err != nil || s.Kind != evtchn.Unbound || s.Peer != 1 {
		t.Errorf("the peer sees %+v, %v", s, err)
	}
	if err := b.Notify(); err != nil {
		t.Errorf("to notify the dead is an error: %v", err)
	}
	if _, err := old.Events().Unbound(2); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the dead domain opens a port: %v", err)
	}
	if n := h.Domain(1).Ports(); n != 0 {
		t.Errorf("its successor has %d ports", n)
	}
}

func TestPortsRunOut(t *testing.T) {
	d := New(t, 1).Domain(1)
	d.SetMaxEventChannels(3)
	var all []*evtchn.Channel
	for range 3 {
		c, err := d.Events().Unbound(2)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	_, err := d.Events().IPI(0)
	const want = "evtchn: port on vCPU 0: no port is left: raise max_event_channels in the domain's configuration"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	all[1].Close()
	if c, err := d.Events().Unbound(2); err != nil || c.Port() != all[1].Port() {
		t.Errorf("the closed port is not the next one: %v, %v", c, err)
	}
}

func TestFaults(t *testing.T) {
	for _, f := range []struct {
		name  string
		f     Faults
		comes []bool // whether an event comes at once, and again a second later
	}{
		{"none", Faults{}, []bool{true, false}},
		{"drop", Faults{DropEvent: 1}, []bool{false, false}},
		{"delay", Faults{DelayEvent: 1, MaxDelay: time.Second}, []bool{false, true}},
		{"repeat", Faults{RepeatEvent: 1, MaxDelay: time.Second}, []bool{true, true}},
	} {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := New(t, 1)
				a, b := pair(t, h)
				h.SetFaults(f.f)
				a.Notify()
				for i, d := range []time.Duration{time.Nanosecond, time.Second} {
					if err := within(b, d); (err == nil) != f.comes[i] {
						t.Errorf("after %v: %v", d, err)
					}
				}
			})
		})
	}
}

// A late event finds its port closed, and the number used again.
func TestLateEventAtReusedPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := New(t, 1)
		a, b := pair(t, h)
		h.SetFaults(Faults{DelayEvent: 1, MaxDelay: time.Second})
		a.Notify()
		b.Close()
		c, err := h.Domain(2).Events().IPI(0)
		if err != nil || c.Port() != b.Port() {
			t.Fatalf("port %d was not used again: %v", b.Port(), err)
		}
		if err := within(c, time.Minute); err != os.ErrDeadlineExceeded {
			t.Errorf("the old channel's event came to the new one: %v", err)
		}
	})
}
