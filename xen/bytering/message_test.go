// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Who may write and read messages when. Host.

package bytering

import (
	"runtime"
	"sync"
	"testing"
)

func TestMessages(t *testing.T) {
	var m Messages
	if !m.Begin() || m.Begin() || m.Seal() || m.TryBegin() {
		t.Error("a message was begun within a message")
	}
	m.End()
	if !m.TryBegin() || m.TryBegin() || m.Seal() {
		t.Error("a message was begun within the kernel's")
	}
	m.End()
	if !m.Begin() {
		t.Error("no second message")
	}
	m.End()
	if !m.Seal() || m.Begin() || m.TryBegin() || m.Seal() {
		t.Error("a message was begun after the last")
	}
}

func TestListen(t *testing.T) {
	var m Messages
	m.Listen()
	if m.TryListen() {
		t.Error("the kernel reads in the middle of the program's message")
	}
	m.Unlisten()
	if !m.TryListen() || m.TryListen() {
		t.Error("the kernel cannot read, or does so twice")
	}
	m.Unlisten()
	m.Listen()
}

// The program waits for the kernel in both directions, and each has its turn.
func TestMessagesAtOnce(t *testing.T) {
	var m Messages
	var sent, heard int // covered by a direction's ownership
	var both sync.WaitGroup
	const rounds = 10_000
	both.Go(func() {
		for range rounds {
			m.Begin()
			sent++
			m.End()
			m.Listen()
			heard++
			m.Unlisten()
		}
	})
	both.Go(func() {
		for n := 0; n < rounds; runtime.Gosched() {
			if m.TryBegin() {
				sent++
				m.End()
				n++
			}
		}
	})
	both.Go(func() {
		for n := 0; n < rounds; runtime.Gosched() {
			if m.TryListen() {
				heard++
				m.Unlisten()
				n++
			}
		}
	})
	both.Wait()
	if sent != 2*rounds || heard != 2*rounds {
		t.Errorf("%d and %d turns", sent, heard)
	}
}
