// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How many connections wait at a listener. Host only.

package stack

import (
	"testing"

	"github.com/domlet/domlet/rt/posix"
)

// TestBacklogOfNone: as on Linux, one more connection may wait than listen was told: with
// 0 there is one.
func TestBacklogOfNone(t *testing.T) {
	n, err := New(64 << 20)
	if err != nil {
		t.Fatal(err)
	}
	defer n.s.Close()
	for backlog := range 3 {
		l := stream(t, n)
		at := posix.Address{Family: posix.FamilyInet4, IP: [16]byte{127, 0, 0, 1}}
		if e := l.Bind(at); e != 0 {
			t.Fatalf("bind: errno %d", e)
		}
		if e := l.Listen(backlog); e != 0 {
			t.Fatalf("listen: errno %d", e)
		}
		at, _ = l.Local()
		for range backlog + 1 { // they wait together
			c := stream(t, n)
			defer c.Close()
			if e := c.Connect(at); e != posix.EINPROGRESS {
				t.Fatalf("connect: errno %d", e)
			}
			if e := c.connected(); e != 0 {
				t.Fatalf("connected: errno %d", e)
			}
		}
		for range backlog + 1 {
			defer l.accepted(t).Close()
		}
		l.Close()
	}
}
