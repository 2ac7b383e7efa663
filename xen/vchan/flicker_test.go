// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A partner that takes its index back between two looks. Host.

package vchan

import (
	"context"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/evtchn"
)

// flicker is memory in which one index, every other time that it is read, is what it was before the last byte.
type flicker struct {
	*plain
	at    uint32
	looks int
}

func (m *flicker) Load32(off uint32) uint32 {
	v := m.plain.Load32(off)
	if off == m.at {
		if m.looks++; m.looks%2 == 0 && m.looks < 10 {
			v--
		}
	}
	return v
}

// restless is a channel whose every wait ends at once.
type restless struct{}

func (restless) Wait(context.Context) error     { return nil }
func (restless) WaitUntil(time.Time) error      { return nil }
func (restless) Interrupt()                     {}
func (restless) Notify() error                  { return nil }
func (restless) Port() evtchn.Port              { return 1 }
func (restless) Status() (evtchn.Status, error) { return evtchn.Status{Kind: evtchn.Interdomain}, nil }
func (restless) Close() error                   { return nil }

// TestFlicker: Read and Peek have at least one byte, as they say, whatever the partner does with its index meanwhile.
func TestFlicker(t *testing.T) {
	for name, call := range map[string]func(c *Conn) (int, error){
		"read": func(c *Conn) (int, error) { return c.Read(make([]byte, 5)) },
		"peek": func(c *Conn) (n int, err error) {
			err = c.Peek(func(b []byte) {
				if n = len(b); n == 0 {
					t.Error("it was shown nothing")
				}
			})
			return n, err
		},
	} {
		p := newPair(orders{10, 11}, 0)
		page := &flicker{plain: p.page, at: leftProd}
		c := newConn(newServer(page, p.orders, rings{page, page}), restless{}, clock.System{}, func() error { return nil })
		p.client.out.Move([]byte("x"))
		if n, err := call(c); n != 1 || err != nil {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
	}
}
