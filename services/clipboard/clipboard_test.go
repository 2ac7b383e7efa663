// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The clipboard itself, without connections. Host.

package clipboard

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/slice"
)

var plain = Meta{Type: "text/plain"}

// TestPasteWipes: a paste empties the clipboard, and nothing of the contents is left in any page.
func TestPasteWipes(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.client(2, "a"), w.client(3, "b")
		secret := text(70)
		w.copied(a, plain, secret)
		if n := w.traces(secret); n != 1 {
			t.Errorf("before the paste the contents are there %d times", n)
		}
		w.wants(b, secret)
		if n := w.traces(secret[:16]); n != 0 {
			t.Errorf("after the paste the contents are there %d times", n)
		}
		if _, err := w.pasted(b); err != ErrEmpty {
			t.Errorf("a second paste: %v", err)
		}
	})
}

// TestKeep: where the policy says so, contents stay until they expire; two may look at them at once, while they are replaced.
func TestKeep(t *testing.T) {
	in(t, func(w *world) {
		w.decide = func(context.Context, string, *directory.Client, *directory.Client) Verdict {
			return Verdict{true, "r:1"}
		}
		a, b := w.client(2, "a"), w.client(3, "b")
		w.copied(a, plain, text(50))
		w.wants(b, text(50))
		w.wants(b, text(50))
		p, err := w.Paste(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		w.copied(a, plain, "new")
		if string(p.Bytes()) != text(50) {
			t.Errorf("the contents changed under a paste: %q", p.Bytes())
		}
		if w.account.Used() != 4096 {
			t.Errorf("the clipboard pays for %d bytes", w.account.Used())
		}
		p.Done()
		if n := w.traces(text(16)); n != 0 {
			t.Errorf("replaced contents are left %d times", n)
		}
		w.wants(b, "new")
		time.Sleep(DefaultExpiry + 1)
		if _, err := w.pasted(b); err != ErrEmpty {
			t.Error(err)
		}
	})
}

// TestShorterCopy: a shorter copy shows nothing of the longer one before it (QSB-011).
func TestShorterCopy(t *testing.T) {
	in(t, func(w *world) {
		a, b, c := w.client(2, "a"), w.client(3, "b"), w.client(4, "c")
		w.copied(a, plain, text(60000))
		w.copied(b, plain, "short")
		if n := w.traces(text(16)); n != 0 {
			t.Errorf("the longer copy is left %d times", n)
		}
		p, err := w.Paste(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		whole := p.Bytes()[:cap(p.Bytes())]
		if string(p.Bytes()) != "short" || strings.Trim(string(whole[5:]), "\x00") != "" {
			t.Errorf("%q, and %q behind it", p.Bytes(), whole[5:])
		}
		p.Done()
		w.copied(a, plain, "")
		w.wants(c, "")
	})
}

// TestLateCopy: contents that come late do not take the place of a copy that began after theirs (QSB-013), nor undo a clear.
func TestLateCopy(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.client(2, "a"), w.client(3, "b")
		late := func() *Copy {
			k, err := w.Begin(a, plain, 4)
			if err != nil {
				t.Fatal(err)
			}
			copy(k.Bytes(), "late")
			return k
		}
		k := late()
		w.copied(b, plain, "newer")
		if _, err := k.Commit(4); err != ErrStale {
			t.Errorf("a late copy: %v", err)
		}
		w.wants(b, "newer")
		k = late()
		w.copied(b, plain, "newer")
		if err := w.Clear(context.Background(), b); err != nil {
			t.Error(err)
		}
		if _, err := k.Commit(4); err != ErrStale {
			t.Errorf("a copy from before a clear: %v", err)
		}
		k = late()
		w.Clear(context.Background(), b) // of nothing
		if _, err := k.Commit(4); err != ErrStale {
			t.Errorf("a copy from before the clear of an empty clipboard: %v", err)
		}
		first, second := late(), late()
		if _, err := first.Commit(4); err != nil {
			t.Errorf("the earlier of two: %v", err)
		}
		if _, err := second.Commit(4); err != nil {
			t.Errorf("the later of two: %v", err)
		}
	})
}

// TestPasteDuringCopy gets what was held before; the copy then takes its place.
func TestPasteDuringCopy(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.client(2, "a"), w.client(3, "b")
		w.copied(a, plain, "old")
		k, _ := w.Begin(a, plain, 3)
		copy(k.Bytes(), "ne")
		w.wants(b, "old")
		copy(k.Bytes(), "new")
		k.Commit(3)
		w.wants(b, "new")
	})
}

// TestLimits: too much is refused whole, and what was held stays.
func TestLimits(t *testing.T) {
	in(t, func(w *world) {
		for name, limit := range map[string]int{"other": DefaultLimit, "small": 100, "large": MaxLimit} {
			who := w.client(2, name)
			w.copied(who, plain, text(limit))
			for _, n := range []int{limit + 1, MaxLimit + 1, 1 << 40, -1} {
				if _, err := w.Begin(who, plain, n); err != ErrTooLarge {
					t.Errorf("%s copies %d bytes: %v", name, n, err)
				}
			}
			w.wants(who, text(limit))
		}
	})
}

// TestBudget: contents that a client's slice cannot pay for are refused; a paste that cannot be paid for takes nothing away.
func TestBudget(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.client(2, "large"), w.client(3, "b")
		w.copied(a, plain, text(1000))
		release, err := b.Slice.Hold(Budget.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.pasted(b); !errors.Is(err, slice.ErrBudget) {
			t.Error(err)
		}
		if _, err := w.copy(b, plain, "x"); !errors.Is(err, slice.ErrBudget) {
			t.Error(err)
		}
		release()
		w.wants(b, text(1000))
	})
}

// TestTarget: a copy for one domain is pasted by no other, whatever the policy says.
func TestTarget(t *testing.T) {
	in(t, func(w *world) {
		a, b, c := w.client(2, "a"), w.client(3, "b"), w.client(4, "c")
		w.copied(a, Meta{Type: "text/plain", Target: "c"}, "for c")
		for _, who := range []Client{a, b} {
			if _, err := w.pasted(who); err != ErrDenied {
				t.Errorf("%s: %v", who.Domain.Name, err)
			}
		}
		if e := w.lastEvent(); !strings.Contains(e, "copied for c alone") {
			t.Error(e)
		}
		w.wants(c, "for c")
	})
}

// TestPolicy: the source is who copied, the target who pastes; a refusal leaves the contents there and a line in the trail.
func TestPolicy(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.client(2, "a"), w.client(3, "b")
		allow := false
		w.decide = func(_ context.Context, service string, source, target *directory.Client) Verdict {
			if source.Domain.Name != "a" || target.Domain.Name != "b" {
				t.Errorf("asked about %s from %s to %s", service, source.Domain.Name, target.Domain.Name)
			}
			return Verdict{allow && service == PasteService, "30-user.policy:7"}
		}
		w.copied(a, plain, "x")
		if _, err := w.pasted(b); err != ErrDenied {
			t.Error(err)
		}
		const want = `paste by=b domid=3 number=2 bytes=1 type=text/plain of=a copy=1 kept=false result="not allowed" rule="30-user.policy:7"`
		if e := w.lastEvent(); e != want {
			t.Errorf("%s\nwant %s", e, want)
		}
		allow = true
		w.wants(b, "x")
	})
}

// TestSlowPolicy: what is pasted is what was decided about. Two who are asked about at once do not both get it.
func TestSlowPolicy(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.client(2, "a"), w.client(3, "b")
		w.decide = func(_ context.Context, service string, _, _ *directory.Client) Verdict {
			if service == PasteService {
				time.Sleep(time.Second)
			}
			return Verdict{service == PasteService, ""}
		}
		w.copied(a, plain, "first")
		results := make(chan error)
		for range 2 {
			go func() { _, err := w.pasted(b); results <- err }()
		}
		if x, y := <-results, <-results; (x == nil) == (y == nil) || !errors.Is(errors.Join(x, y), ErrStale) {
			t.Errorf("two pastes of one copy: %v, %v", x, y)
		}
		w.copied(a, plain, "second")
		go func() { _, err := w.pasted(b); results <- err }()
		time.Sleep(time.Millisecond)
		w.copied(a, plain, "third")
		if err := <-results; err != ErrStale {
			t.Errorf("a paste of what was replaced meanwhile: %v", err)
		}
		w.wants(b, "third")
	})
}

// TestReusedNumber: a domain with the number, or the name, of one that copied is not that one.
func TestReusedNumber(t *testing.T) {
	in(t, func(w *world) {
		a := w.client(2, "a")
		w.copied(a, plain, "mine")
		again := w.client(2, "a")
		w.decide = func(context.Context, string, *directory.Client, *directory.Client) Verdict { return Verdict{} }
		if err := w.Clear(context.Background(), again); err != ErrDenied {
			t.Errorf("another domain of the number clears: %v", err)
		}
		if s := w.Status(context.Background(), again); s.State != Withheld {
			t.Errorf("another domain of the number sees %+v", s)
		}
		if s := w.Status(context.Background(), a); s.State != Available {
			t.Errorf("who copied sees %+v", s)
		}
	})
}

// TestExpiry: contents go by themselves, and not those that came after.
func TestExpiry(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.client(2, "a"), w.client(3, "b")
		w.copied(a, plain, text(100))
		time.Sleep(DefaultExpiry - 1)
		w.copied(a, plain, "newer")
		time.Sleep(DefaultExpiry - 1)
		if s := w.Status(context.Background(), b); s.State != Available || s.Left != 1 {
			t.Errorf("%+v", s)
		}
		time.Sleep(1)
		synctest.Wait()
		if s := w.Status(context.Background(), b); s != (Status{}) {
			t.Errorf("%+v", s)
		}
		if e := w.lastEvent(); !strings.HasPrefix(e, "expire by=a domid=2 number=2 bytes=5") {
			t.Error(e)
		}
	})
}

// TestStatus: the number changes with every copy; what may not be pasted is only said to be there.
func TestStatus(t *testing.T) {
	in(t, func(w *world) {
		a, b, c := w.client(2, "a"), w.client(3, "b"), w.client(4, "c")
		ctx := context.Background()
		w.decide = func(ctx context.Context, _ string, _, target *directory.Client) Verdict {
			if MayAsk(ctx) {
				t.Error("a status has somebody asked")
			}
			return Verdict{target.Domain.Name == "b", ""}
		}
		n := w.copied(a, Meta{Type: "text/html", Target: "b"}, "12345")
		full := Status{n, Available, 5, "text/html", "a", "b", DefaultExpiry}
		for _, one := range []struct {
			who  Client
			want Status
		}{{a, full}, {b, full}, {c, Status{Change: n, State: Withheld}}} {
			if got := w.Status(ctx, one.who); got != one.want {
				t.Errorf("%s sees %+v, want %+v", one.who.Domain.Name, got, one.want)
			}
		}
	})
}

// TestWait: whoever waits for a change hears of each, and of its context's end.
func TestWait(t *testing.T) {
	in(t, func(w *world) {
		a := w.client(2, "a")
		ctx, cancel := context.WithCancel(context.Background())
		n := w.copied(a, plain, "1")
		w.Wait(ctx, 0)
		heard := make(chan bool)
		go func() { w.Wait(ctx, n); heard <- true }()
		time.Sleep(time.Second)
		w.copied(a, plain, "2")
		<-heard
		go func() { w.Wait(ctx, n+1); heard <- true }()
		cancel()
		<-heard
	})
}

// TestClear: who copied may, others if the policy lets them.
func TestClear(t *testing.T) {
	in(t, func(w *world) {
		a, b := w.client(2, "a"), w.client(3, "b")
		ctx := context.Background()
		w.copied(a, plain, text(30))
		if err := w.Clear(ctx, b); err != ErrDenied {
			t.Error(err)
		}
		if err := w.Clear(ctx, a); err != nil || w.traces(text(16)) != 0 {
			t.Error(err)
		}
		w.copied(a, plain, "x")
		w.decide = func(_ context.Context, service string, source, target *directory.Client) Verdict {
			return Verdict{service == ClearService && source == b.Client && target == a.Client, ""}
		}
		if err := w.Clear(ctx, b); err != nil {
			t.Error(err)
		}
	})
}

// TestCancel: a copy that was given up leaves nothing, and the older contents where they were.
func TestCancel(t *testing.T) {
	in(t, func(w *world) {
		a := w.client(2, "a")
		w.copied(a, plain, "old")
		k, _ := w.Begin(a, plain, 100)
		copy(k.Bytes(), text(90))
		k.Cancel(errors.New("the client is gone"))
		if e := w.lastEvent(); !strings.Contains(e, "given up: the client is gone") || w.traces(text(16)) != 0 {
			t.Error(e)
		}
		w.wants(a, "old")
	})
}

// TestMalformedMeta: what would go into logs and to others is checked first.
func TestMalformedMeta(t *testing.T) {
	in(t, func(w *world) {
		a := w.client(2, "a")
		for _, m := range []Meta{{}, {Type: "text"}, {Type: "text/"}, {Type: "/plain"}, {Type: "text/pl ain"}, {Type: "text/\n"}, {Type: "t\x00/x"},
			{Type: "text/plain", Target: "b c"}, {Type: "text/plain", Target: "-b"}, {Type: "text/plain", Target: "b\n"},
			{Type: "text/" + text(200)}, {Type: "text/plain", Target: text(64)}, {Type: "text/plain", Target: "@anyvm"}} {
			if _, err := w.Begin(a, m, 1); err != ErrInvalid {
				t.Errorf("%+v: %v", m, err)
			}
			if e := w.lastEvent(); strings.Contains(e, "type=") {
				t.Errorf("the trail has what was not checked: %s", e)
			}
		}
		w.copied(a, Meta{Type: "text/plain;charset=utf-8"}, "")
	})
}

// TestStrip: control characters leave text, if the client or the clipboard's owner wants it, and nothing but text.
func TestStrip(t *testing.T) {
	in(t, func(w *world) {
		a := w.client(2, "a")
		const dirty = "a\x1b[31m\r\nb"
		w.copied(a, Meta{Type: "text/plain", Strip: true}, dirty)
		w.wants(a, "a[31m\nb")
		w.copied(a, Meta{Type: "image/png", Strip: true}, dirty)
		w.wants(a, dirty)
		w.copied(a, plain, dirty)
		w.wants(a, dirty)
		w.o.Strip = true
		w.copied(a, Meta{Type: "TEXT/html"}, dirty)
		w.wants(a, "a[31m\nb")
	})
}
