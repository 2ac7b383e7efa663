// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A stream that somebody else uses too: their messages go to them, and they are
// told when they may read themselves. Host.

package store

import (
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/abi"
)

// shared is the other user of a stream.
type shared struct {
	mu   sync.Mutex
	seen []string
}

func (s *shared) note(format string, a ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, fmt.Sprintf(format, a...))
}

func (s *shared) options() Options {
	return Options{
		Listening: func(yes bool) { s.note("listening %t", yes) },
		Stranger:  func(kind, id uint32, p []byte) { s.note("%d %#x %q", kind, id, p) },
	}
}

// await waits until something was seen.
func (s *shared) await(t *testing.T, want string) []string {
	t.Helper()
	for range 20_000 {
		s.mu.Lock()
		seen := slices.Clone(s.seen)
		s.mu.Unlock()
		if slices.Contains(seen, want) {
			return seen
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("no %q", want)
	return nil
}

// answer reads one request and sends messages, the last of which gets its number.
func answer(t *testing.T, conn io.ReadWriter, messages ...message) {
	request, err := readMessage(conn)
	if err != nil {
		t.Error(err)
		return
	}
	messages[len(messages)-1].id = request.id
	var out []byte
	for _, m := range messages {
		out = appendMessage(out, m)
	}
	conn.Write(out)
}

func TestStrangers(t *testing.T) {
	ours, theirs := net.Pipe()
	var s shared
	c := New(ours, s.options())
	defer c.Close()
	go answer(t, theirs,
		message{kind: abi.XS_READ, id: FirstStranger + 6, payload: []byte("poweroff")},
		message{kind: abi.XS_WATCH_EVENT, payload: []byte("control/sysrq\x00k\x00")},
		message{kind: abi.XS_READ, payload: []byte("value")})
	if v, err := c.Read(t.Context(), "node"); v != "value" || err != nil {
		t.Errorf("read %q, %v", v, err)
	}
	want := []string{"listening true", `2 0x80000006 "poweroff"`, `15 0x0 "control/sysrq\x00k\x00"`, "listening false"}
	if seen := s.await(t, "listening false"); !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
}

// What comes behind the last answer, in one piece with it, is still handed over:
// nobody else can read it any more.
func TestStrangerReadAhead(t *testing.T) {
	ours, theirs := net.Pipe()
	var s shared
	c := New(ours, s.options())
	defer c.Close()
	go func() {
		request, err := readMessage(theirs)
		if err != nil {
			t.Error(err)
			return
		}
		out := appendMessage(nil, message{kind: abi.XS_READ, id: request.id, payload: []byte("value")})
		theirs.Write(appendMessage(out, message{kind: abi.XS_WRITE, id: FirstStranger, payload: []byte("OK\x00")}))
	}()
	if v, err := c.Read(t.Context(), "node"); v != "value" || err != nil {
		t.Errorf("read %q, %v", v, err)
	}
	want := []string{"listening true", `11 0x80000000 "OK\x00"`, "listening false"}
	if seen := s.await(t, "listening false"); !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
}

// The client's own numbers never become a stranger's.
func TestNumbersStayBelowStrangers(t *testing.T) {
	c := New(nil, Options{})
	c.lastID = FirstStranger - 2
	for _, want := range []uint32{FirstStranger - 1, 1, 2} {
		if got := c.newID(); got != want {
			t.Errorf("number %#x, want %#x", got, want)
		}
	}
}
