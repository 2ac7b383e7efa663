// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Bytes of anybody's, in both directions. Host.

package clipboard

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/domlet/domlet/xen/clock"
)

// pipe is a connection whose other end said all it will say.
type pipe struct {
	io.Reader
	io.Writer
}

func (p pipe) Drain() error { return nil }

func (p pipe) Discard(n int) (int, error) {
	done, err := io.CopyN(io.Discard, p, int64(n))
	return int(done), err
}

// conversation is requests of every kind, as a client sends them.
func conversation() []byte {
	var sent bytes.Buffer
	for _, ask := range []func(c *Conn){
		func(c *Conn) { c.Copy(Meta{Type: "text/plain", Target: "b", Strip: true}, []byte("abc\x01")) },
		func(c *Conn) { c.Status() },
		func(c *Conn) { c.Wait(5) },
		func(c *Conn) { c.Paste(make([]byte, MaxLimit)) },
		func(c *Conn) { c.Clear() },
	} {
		ask(NewConn(pipe{bytes.NewReader(nil), &sent}))
	}
	return sent.Bytes()
}

// impatient is a clock on which nobody waits for a change.
type impatient struct{ clock.System }

func (impatient) AfterFunc(d time.Duration, f func()) clock.Timer {
	if d == waitAtMost {
		d = 0
	}
	return time.AfterFunc(d, f)
}

// FuzzRequests: whatever a client sends, the session ends, and what it began is given up.
func FuzzRequests(f *testing.F) {
	f.Add(conversation())
	f.Add(header{kind: copyKind, size: maxPassed + 1}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := newWorld(t, Budget)
		w.o.Clock = impatient{}
		who := w.client(2, "small")
		w.Serve(who, pipe{bytes.NewReader(b), io.Discard})
		w.forget()
		if n := who.Slice.Account().Used(); n != 0 || w.account.Used() != 0 || w.pages.InUse() != 0 {
			t.Errorf("%d bytes and %d pages are left", n, w.pages.InUse())
		}
		who.Slice.End(errors.New("the test is over"))
		<-who.Slice.Done()
	})
}

// FuzzReplies: whatever a clipboard's domain answers, a client ends with an answer or an error, and prints nothing that it did not
// check.
func FuzzReplies(f *testing.F) {
	reply := func(k kind, body []byte) []byte {
		return append(header{kind: k | replyBit, tag: 1, size: claim(len(body))}.append(nil), body...)
	}
	f.Add(reply(statusKind, appendStatus(nil, Status{3, Available, 5, "text/plain", "work", "vault", 1e9})))
	f.Add(reply(pasteKind, append(appendPasteHead(nil, &Paste{Number: 3, Type: "text/plain", Source: "work"}), "abc"...)))
	f.Add(reply(copyKind, make([]byte, 8)))
	f.Add(reply(clearKind, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		conn := func() *Conn { return NewConn(pipe{bytes.NewReader(b), io.Discard}) }
		conn().Copy(plain, []byte("x"))
		conn().Clear()
		if p, err := conn().Paste(make([]byte, 100)); err == nil && (p.Size > 100 || !printable(p.Type+p.Source)) {
			t.Errorf("%+v", p)
		}
		if s, err := conn().Status(); err == nil && !printable(s.Type+s.Source+s.Target) {
			t.Errorf("%+v", s)
		}
	})
}

func printable(text string) bool {
	for _, r := range text {
		if r > 0x7e || r <= ' ' {
			return false
		}
	}
	return true
}

// FuzzStrip: what is left has no control characters, is UTF-8, and has all else in its order; behind it are zeros.
func FuzzStrip(f *testing.F) {
	f.Add([]byte("a\x1b[31mb\r\n\tc\u0085\u200b\x80\xff\ufffd\x7f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var want []rune
		for rest := b; len(rest) > 0; {
			r, n := utf8.DecodeRune(rest)
			if rest = rest[n:]; r == '\n' || r == '\t' || !unicode.IsControl(r) && (r != utf8.RuneError || n > 1) {
				want = append(want, r)
			}
		}
		n := strip(b)
		if string(b[:n]) != string(want) || len(bytes.Trim(b[n:], "\x00")) > 0 {
			t.Errorf("%q, and %q behind it; want %q", b[:n], b[n:], string(want))
		}
	})
}
