// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A connection whose other end is gone without a word. Host only.

package stack

import (
	"testing"

	"github.com/domlet/domlet/rt/posix"
)

// TestKeepAlive: with keep-alive on, who waits for bytes learns that nobody is there.
func TestKeepAlive(t *testing.T) {
	const keepAlive, idle, interval, count = 9, 4, 5, 6 // SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT
	a, b := cable(0)
	one, two := pair(t, a, b)
	l, at := listening(t, one)
	c := stream(t, two)
	if e := c.Connect(at); e != posix.EINPROGRESS {
		t.Fatalf("connect: errno %d", e)
	}
	s := l.accepted(t)
	for _, o := range [][3]int{{levelSocket, keepAlive, 1}, {levelTCP, idle, 1}, {levelTCP, interval, 1}, {levelTCP, count, 2}} {
		if e := s.SetOption(o[0], o[1], number(o[2])); e != 0 {
			t.Fatalf("option %v: errno %d", o, e)
		}
	}
	if e := c.say(7); e != 0 {
		t.Fatalf("say: errno %d", e)
	}
	if got, e := s.hear(); e != 0 || got != 7 {
		t.Fatalf("hear: %d, errno %d", got, e)
	}
	for _, p := range []*plug{a, b} {
		p.mu.Lock()
		p.loss = 1
		p.mu.Unlock()
	}
	if _, e := s.hear(); e != posix.ETIMEDOUT {
		t.Errorf("errno %d, want ETIMEDOUT", e)
	}
}
