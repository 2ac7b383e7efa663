// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The protocol between domains in memory. Host.

package clipboard

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/vchan"
)

// TestRoundTrip: copies of every size come out as they went in, over rings that are much smaller.
func TestRoundTrip(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.serve(2, "large"), w.serve(3, "b")
		into := make([]byte, MaxLimit)
		a.do(func(a *Conn) {
			b.do(func(b *Conn) {
				for i, n := range []int{0, 1, 1023, 1024, 2048, 4097, DefaultLimit, MaxLimit} {
					number, err := a.Copy(Meta{Type: "application/octet-stream", Target: "b"}, []byte(text(n)))
					if err != nil {
						t.Fatalf("%d bytes: %v", n, err)
					}
					p, err := b.Paste(into)
					want := Pasted{number, "application/octet-stream", "large", n}
					if err != nil || p != want || string(into[:p.Size]) != text(n) {
						t.Errorf("copy %d of %d bytes: %+v, %v", i, n, p, err)
					}
				}
				if _, err := b.Paste(into); err != ErrEmpty {
					t.Error(err)
				}
			})
		})
	})
}

// TestNothingInRings: after a paste the contents are in no page of the domain, rings included.
func TestNothingInRings(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.serve(2, "a"), w.serve(3, "b")
		secret := text(64)
		rings := func() int { return w.domain.Traces([]byte(secret)) }
		a.do(func(a *Conn) {
			b.do(func(b *Conn) {
				a.Copy(plain, []byte(secret))
				if n, m := w.traces(secret), rings(); n != 1 || m != 0 {
					t.Errorf("after the copy: %d times in pages, %d times in rings", n, m)
				}
				if _, err := b.Paste(make([]byte, 100)); err != nil {
					t.Error(err)
				}
				b.Status() // the paste is over when the next request is answered
				if n, m := w.traces(secret), rings(); n != 0 || m != 0 {
					t.Errorf("after the paste: %d times in pages, %d times in rings", n, m)
				}
			})
		})
	})
}

// TestErrors: a client is told that it was refused, and no more; the connection goes on.
func TestErrors(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.serve(2, "small"), w.serve(3, "b")
		w.decide = func(context.Context, string, *directory.Client, *directory.Client) Verdict {
			return Verdict{false, "secret.policy:7"}
		}
		a.do(func(a *Conn) {
			b.do(func(b *Conn) {
				if _, err := a.Copy(plain, []byte(text(101))); err != ErrTooLarge {
					t.Error(err)
				}
				if _, err := a.Copy(Meta{Type: "no type"}, []byte("x")); err != ErrMalformed {
					t.Error(err)
				}
				if _, err := a.Copy(plain, []byte(text(100))); err != nil {
					t.Error(err)
				}
				if _, err := b.Paste(make([]byte, 100)); err != ErrDenied {
					t.Error(err)
				}
				if err := b.Clear(); err != ErrDenied {
					t.Error(err)
				}
				if s, err := b.Status(); err != nil || s.State != Withheld || s.Size != 0 {
					t.Errorf("%+v, %v", s, err)
				}
				if err := a.Clear(); err != nil {
					t.Error(err)
				}
			})
		})
	})
}

// TestHugeCopy: a size that no domain may copy is refused whole, and that is what the client hears; the connection goes on.
func TestHugeCopy(t *testing.T) {
	in(t, func(w *world) {
		a := w.serve(2, "large")
		a.do(func(a *Conn) {
			for range 2 {
				if _, err := a.ask(copyKind, 0, make([]byte, 2*MaxLimit)); err != ErrTooLarge {
					t.Error(err)
				}
			}
			if _, err := a.Copy(plain, make([]byte, MaxLimit+1)); err != ErrTooLarge {
				t.Error(err)
			}
			if s, err := a.Status(); err != nil || s.State != Empty {
				t.Errorf("%+v, %v", s, err)
			}
		})
	})
}

// TestStaleCopy: whoever was too late hears just that, and the connection goes on.
func TestStaleCopy(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.serve(2, "a"), w.serve(3, "b")
		c := a.dial()
		defer c.Close()
		h := header{kind: copyKind, tag: 7, size: copyHead + 10 + 500}
		c.Write(append(h.append(nil), "\x0a\x00\x00\x00text/plain"...))
		synctest.Wait()
		b.do(func(b *Conn) {
			if _, err := b.Copy(plain, []byte("newer")); err != nil {
				t.Error(err)
			}
		})
		c.Write([]byte(text(500)))
		var reply [headerSize]byte
		io.ReadFull(c, reply[:])
		if r, err := parseHeader(reply[:]); err != nil || r != (header{copyKind | replyBit, uint16(staleCode), 7, 0}) {
			t.Errorf("%+v, %v", r, err)
		}
		if s, err := NewConn(c).Status(); err != nil || s.State != Available || s.Source != "b" {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// TestMidCopy: a domain that is destroyed in the middle of a copy leaves what was there, and nothing of its own.
func TestMidCopy(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.serve(2, "a"), w.serve(3, "b")
		b.do(func(b *Conn) {
			b.Copy(plain, []byte("older"))
			c := a.dial()
			h := header{kind: copyKind, size: copyHead + 10 + 500}
			c.Write(append(h.append(nil), "\x0a\x00\x00\x00text/plain"...))
			c.Write([]byte(text(300)))
			synctest.Wait()
			if n := w.traces(text(16)); n == 0 {
				t.Error("the copy has not begun")
			}
			a.d.Kill()
			time.Sleep(5 * time.Second)
			if n := w.traces(text(16)); n != 0 {
				t.Errorf("the contents are left %d times", n)
			}
			p := make([]byte, 100)
			if got, err := b.Paste(p); err != nil || string(p[:got.Size]) != "older" {
				t.Errorf("%q, %v", p[:got.Size], err)
			}
		})
	})
}

// TestStalledCopy: who does not go on loses its slice, and can come back after a pause.
func TestStalledCopy(t *testing.T) {
	in(t, func(w *world) {
		a := w.serve(2, "a")
		c := a.dial()
		h := header{kind: copyKind, size: copyHead + 10 + 500}
		c.Write(h.append(nil))
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Error(err)
		}
		c.Close()
		begin := time.Now()
		for back := false; !back; time.Sleep(time.Millisecond) { // the last offer of the old slice may be taken
			a.do(func(a *Conn) { _, err := a.Status(); back = err == nil })
		}
		if took := time.Since(begin); took < firstPause || took > 10*time.Second {
			t.Errorf("back after %v", took)
		}
		if !w.said("2/a: ends: the handler copy takes longer than 30s") {
			t.Errorf("%q", w.log)
		}
	})
}

// TestStalledPaste: who does not read what it pastes loses it; the ring has nothing of it afterwards.
func TestStalledPaste(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.serve(2, "a"), w.serve(3, "b")
		a.do(func(a *Conn) { a.Copy(plain, []byte(text(5000))) })
		c := b.dial()
		c.Write(header{kind: pasteKind}.append(nil))
		time.Sleep(time.Minute)
		rest, _ := io.ReadAll(c)
		if strings.Contains(string(rest), "abcdefgh") {
			t.Errorf("%d bytes could still be read", len(rest))
		}
		c.Close()
		if !w.said("3/b: did not take the whole of its paste") {
			t.Errorf("%q", w.log)
		}
	})
}

// TestMalformed: nonsense ends the connection, and the client hears why.
func TestMalformed(t *testing.T) {
	good := func(k kind, flags uint16, size int) []byte {
		return header{kind: k, flags: flags, tag: 7, size: claim(size)}.append(nil)
	}
	for name, bytes := range map[string][]byte{
		"version":        append([]byte{2}, good(pasteKind, 0, 0)[1:]...),
		"last word":      append(good(pasteKind, 0, 0)[:15], 1),
		"kind 0":         good(0, 0, 0),
		"kind 5":         good(5, 0, 0),
		"a reply":        good(pasteKind|replyBit, 0, 0),
		"paste's flags":  good(pasteKind, 1, 0),
		"paste's body":   good(pasteKind, 0, 1),
		"clear's body":   good(clearKind, 0, 1<<31),
		"status' body":   good(statusKind, 0, 7),
		"status' flags":  good(statusKind, 2, 8),
		"copy too short": good(copyKind, 0, 3),
		"copy's flags":   append(good(copyKind, 2, 4), 0, 0, 0, 0),
		"copy's zeros":   append(good(copyKind, 0, 4), 0, 0, 1, 0),
		"copy's lengths": append(good(copyKind, 0, 14), 10, 1, 0, 0),
		"copy's type":    append(good(copyKind, 0, 300), 128, 0, 0, 0),
		"copy's target":  append(good(copyKind, 0, 300), 0, 64, 0, 0),
		"copy of 4 GiB":  good(copyKind, 0, 1<<32-1),
		"copy of 1 MiB":  good(copyKind, 0, maxPassed+1),
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(w *world) {
				c := w.serve(2, "a").dial()
				defer c.Close()
				c.Write(bytes)
				got, err := io.ReadAll(c)
				if err != nil || len(got) != headerSize {
					t.Fatalf("%d bytes, %v", len(got), err)
				}
				h, err := parseHeader(got)
				if err != nil || code(h.flags) != malformedCode && code(h.flags) != tooLargeCode {
					t.Errorf("%+v, %v", h, err)
				}
			})
		})
	}
}

// TestFlood: requests beyond the rate are refused, one by one; who goes on is cut off; the neighbour does not notice.
func TestFlood(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.serve(2, "a"), w.serve(3, "b")
		c := a.dial()
		defer c.Close()
		conn := NewConn(c)
		busy := 0
		var err error
		for err == nil || errors.Is(err, ErrBusy) {
			_, err = conn.Copy(plain, []byte(text(50)))
			if errors.Is(err, ErrBusy) {
				busy++
			}
		}
		if busy != Budget.Refusals {
			t.Errorf("%d refusals, then %v", busy, err)
		}
		b.do(func(b *Conn) {
			if _, err := b.Status(); err != nil {
				t.Error(err)
			}
		})
	})
}

// TestManyConnections: a third connection is closed at once; two go on.
func TestManyConnections(t *testing.T) {
	in(t, func(w *world) {
		a := w.serve(2, "a")
		first, second := a.dial(), a.dial()
		third := a.dial()
		if _, err := third.Read(make([]byte, 1)); err != io.EOF {
			t.Error(err)
		}
		third.Close()
		for _, c := range []*vchan.Conn{first, second} {
			if _, err := NewConn(c).Status(); err != nil {
				t.Error(err)
			}
			c.Close()
		}
	})
}

// TestWatch: a client that waits is answered with the next copy, or after half a minute.
func TestWatch(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.serve(2, "a"), w.serve(3, "b")
		a.do(func(a *Conn) {
			b.do(func(b *Conn) {
				begin := time.Now()
				if s, err := b.Wait(0); err != nil || s.State != Empty || time.Since(begin) != waitAtMost {
					t.Errorf("%+v, %v, after %v", s, err, time.Since(begin))
				}
				seen := make(chan Status)
				go func() { s, _ := b.Wait(0); seen <- s }()
				time.Sleep(time.Second)
				a.Copy(plain, []byte("x"))
				if s := <-seen; s.State != Available || s.Source != "a" {
					t.Errorf("%+v", s)
				}
			})
		})
	})
}

// TestReusedDomid: another domain under the number of a client is served anew, and cannot connect to what was offered to the
// first. What that copied is still its own.
func TestReusedDomid(t *testing.T) {
	in(t, func(w *world) {
		a := w.serve(2, "a")
		a.do(func(a *Conn) { a.Copy(plain, []byte("mine")) })
		a.d.Kill()
		delete(w.attached, 2)
		stranger := &peer{w, w.host.Domain(2)} // dom0's keeper has seen neither the end nor the new domain
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		c, err := vchan.Dial(ctx, stranger.d.Platform(), self, vchan.Path(2, Port))
		if err == nil {
			if _, err := NewConn(c).Status(); err == nil {
				t.Error("a domain that nobody attached is served")
			}
			c.Close()
		}
		w.server.Attach(w.attach(2, "a"))
		stranger.do(func(c *Conn) {
			w.decide = func(context.Context, string, *directory.Client, *directory.Client) Verdict { return Verdict{} }
			if err := c.Clear(); err != ErrDenied {
				t.Errorf("the second domain of a number clears what the first copied: %v", err)
			}
		})
	})
}

// TestDetach: a client that is detached is cut off; one that is attached again is served again.
func TestDetach(t *testing.T) {
	in(t, func(w *world) {
		a := w.serve(2, "a")
		c := a.dial()
		w.server.Detach(2)
		if _, err := NewConn(c).Status(); err == nil {
			t.Error("a detached client is served")
		}
		c.Close()
		w.serve(2, "a").do(func(c *Conn) {
			if _, err := c.Status(); err != nil {
				t.Error(err)
			}
		})
		if got := w.server.Serving(); len(got) != 1 || got[0] != abi.Domid_t(2) {
			t.Errorf("%v", got)
		}
	})
}

// TestPauses: a panic in what runs for a client ends its slice, and no other; one that keeps ending comes back after longer and
// longer pauses.
func TestPauses(t *testing.T) {
	in(t, func(w *world) {
		bad, good := w.serve(2, "bad"), w.serve(3, "good")
		w.decide = func(_ context.Context, _ string, _, target *directory.Client) Verdict {
			if target.Domain.Name == "bad" && w.held.meta.Target == "" {
				panic("provoked")
			}
			return Verdict{}
		}
		good.do(func(c *Conn) {
			c.Copy(plain, []byte(text(20)))
			for _, pause := range []time.Duration{1, 2, 4, 8} {
				bad.do(func(c *Conn) {
					if _, err := c.Paste(make([]byte, 100)); err == nil {
						t.Error("it pasted")
					}
				})
				begin := time.Now()
				for back := false; !back; time.Sleep(time.Millisecond) {
					bad.do(func(c *Conn) { back = c.Clear() == ErrDenied })
				}
				if took := time.Since(begin).Truncate(time.Second); took < pause*time.Second || took > (pause+2)*time.Second {
					t.Errorf("back after %v, want %d s", took, pause)
				}
				if s, err := c.Status(); err != nil || s.State != Available {
					t.Errorf("the neighbour: %+v, %v", s, err)
				}
			}
		})
		if !w.said("2/bad: ends: panic in serve: provoked") {
			t.Errorf("%q", w.log)
		}
	})
}
