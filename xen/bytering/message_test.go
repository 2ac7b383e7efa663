// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Who may write and read messages when. Host.

package bytering

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/domlet/domlet/xen/raw"
)

func TestMessages(t *testing.T) {
	var m Messages
	if !m.Begin(nil) || m.Begin(nil) || m.Seal() || m.TryBegin() {
		t.Error("a message was begun within a message")
	}
	m.End()
	if !m.TryBegin() || m.TryBegin() || m.Seal() {
		t.Error("a message was begun within the kernel's")
	}
	m.Release()
	if !m.Begin(nil) {
		t.Error("no second message")
	}
	m.End()
	if !m.Seal() || m.Begin(nil) || m.TryBegin() || m.Seal() {
		t.Error("a message was begun after the last")
	}
}

// TestSeize: wherever the program stands still, the kernel learns what is missing
// of its message, and is the last to write.
func TestSeize(t *testing.T) {
	want := text(300)
	for _, start := range starts {
		for _, sent := range []int{0, 1, 299, 300} {
			_, p := newPage(t, &Xenstore, start)
			var m Messages
			m.Init(p.addr, &Xenstore)
			for range 2 { // what the message before left behind does not matter
				m.Begin(want[:10])
				m.Write(want[:10])
				m.End()
				p.take(10)
			}
			m.Begin(want)
			m.Write(want[:sent])
			addr, n, ok := m.Seize()
			if !ok || int(n) != len(want)-sent {
				t.Fatalf("after %d bytes: %d are missing, %v", sent, n, ok)
			}
			if n > 0 {
				m.Write(unsafe.Slice((*byte)(raw.Ptr(addr)), n))
			}
			if got := p.take(1000); !bytes.Equal(got, want) {
				t.Errorf("after %d bytes: the message became %x", sent, got)
			}
			if m.Begin(want) || m.TryBegin() {
				t.Error("a message was begun after the last")
			}
		}
	}
}

// TestSeizeBetween: there is nothing to finish between two messages, nor where
// the program has not come to say where its message is.
func TestSeizeBetween(t *testing.T) {
	for name, m := range map[string]*Messages{"idle": {}, "beginning": {out: theProgram, first: 7, at: 8}, "ended": {out: theProgram}} {
		if _, n, ok := m.Seize(); n != 0 || !ok || m.Begin(nil) {
			t.Errorf("%s: %d bytes are missing, %v", name, n, ok)
		}
	}
}

// TestCut: after a message that was cut short there is none, and of one of which
// nothing was written nothing is missing.
func TestCut(t *testing.T) {
	_, p := newPage(t, &Xenstore, 0)
	var m Messages
	m.Init(p.addr, &Xenstore)
	m.Begin(text(10))
	m.End()
	if !m.Begin(text(10)) {
		t.Error("no message after one that was given up before its first byte")
	}
	m.Write(text(5))
	m.End()
	if _, _, ok := m.Seize(); ok || m.Begin(nil) || m.TryBegin() || m.Seal() {
		t.Error("a message was begun behind half of another")
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

// TestBeginAgain: that the kernel lets go between two looks of Begin is no reason to give up.
func TestBeginAgain(t *testing.T) {
	var m Messages
	var done atomic.Bool
	var kernel sync.WaitGroup
	kernel.Go(func() {
		for !done.Load() {
			if m.TryBegin() {
				m.Release()
			}
		}
	})
	refused := 0
	for range 1_000_000 {
		if !m.Begin(nil) {
			refused++
			continue
		}
		m.End()
	}
	done.Store(true)
	kernel.Wait()
	if refused > 0 {
		t.Errorf("%d messages were refused, and nothing is at its end", refused)
	}
}

// The program waits for the kernel in both directions, and each has its turn.
func TestMessagesAtOnce(t *testing.T) {
	var m Messages
	var sent, heard int // covered by a direction's ownership
	var both sync.WaitGroup
	const rounds = 10_000
	both.Go(func() {
		for range rounds {
			if !m.Begin(nil) {
				t.Error("a message was refused, and nothing is at its end")
				return
			}
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
				m.Release()
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
