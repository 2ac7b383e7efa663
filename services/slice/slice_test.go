// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Slices that end, and what they leave. Host.

package slice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/xen/xentest"
)

// world is a set on a host in memory, with what it logged.
type world struct {
	*Set
	t     *testing.T
	host  *xentest.Host
	pages *xentest.Pages

	mu    sync.Mutex
	log   []string
	fatal []string
}

// budget is a small one, whose every limit a test can reach.
var budget = Budget{
	Bytes: 4 * 4096, Connections: 2, Ports: 2, Goroutines: 3, Rate: 10, Burst: 5, Refusals: 3,
	Handler: 10 * time.Second, Grace: 5 * time.Second,
}

// in runs a test in a bubble of time, and wants nothing to be left at the end.
func in(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, host: xentest.New(t, 1), pages: xentest.NewPages(t, 64)}
		d := w.host.Domain(1)
		w.Set = New(Options{
			Platform: d.Platform(), Pages: w.pages, Budget: budget, Quarantine: 1,
			Log:   func(l string) { w.note(&w.log, l) },
			Fatal: func(l string) { w.note(&w.fatal, l) },
		})
		f(w)
		synctest.Wait()
		if list := w.Status(); len(list) > 0 || w.pages.InUse() > 0 || w.Quarantined() > 0 || d.Ports() > 0 {
			t.Errorf("left over: %+v, %d pages, %d in quarantine, %d ports", list, w.pages.InUse(), w.Quarantined(), d.Ports())
		}
		if s := d.Grants().Stats(); s.Shared+s.Deferred+s.Mapped > 0 {
			t.Errorf("left over: %+v", s)
		}
	})
}

func (w *world) note(where *[]string, line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*where = append(*where, line)
}

// said wants a line of the log to have all of these texts.
func (w *world) said(texts ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.log {
		n := 0
		for _, text := range texts {
			if strings.Contains(l, text) {
				n++
			}
		}
		if n == len(texts) {
			return
		}
	}
	w.t.Errorf("nothing was logged with %q:\n%s", texts, strings.Join(w.log, "\n"))
}

// over ends a slice and waits until nothing of it is left.
func (w *world) over(s *Slice) {
	w.t.Helper()
	s.End(errors.New("the test is over"))
	<-s.Done()
}

// refused wants an error of the budget.
func (w *world) refused(what string, err error) {
	w.t.Helper()
	if !errors.Is(err, ErrBudget) {
		w.t.Errorf("%s beyond the budget: %v", what, err)
	}
}

// TestPanic: a panic ends one slice, with its stack in the log; a neighbour goes on.
func TestPanic(t *testing.T) {
	in(t, func(w *world) {
		bad, good := w.Open("bad", nil), w.Open("good", nil)
		stays := make(chan bool)
		good.Go("stays", func(ctx context.Context) { <-stays })
		bad.Pages(100)
		bad.Go("handler", func(context.Context) { panic("provoked") })
		<-bad.Done()
		w.said("bad: ends: panic in handler: provoked")
		w.said("bad: ", "TestPanic")
		if err := good.Err(); err != nil {
			t.Errorf("the neighbour ended: %v", err)
		}
		if err := bad.Go("more", func(context.Context) {}); err != ErrEnded {
			t.Errorf("a goroutine of an ended slice: %v", err)
		}
		close(stays)
		w.over(good)
	})
}

// TestPanicOfTimer: what a timer of the slice's does is contained like the rest, and does not run once the slice is gone.
func TestPanicOfTimer(t *testing.T) {
	in(t, func(w *world) {
		s := w.Open("bad", nil)
		c := s.Platform().Clock
		c.AfterFunc(time.Second, func() { panic("late") })
		c.AfterFunc(time.Minute, func() { t.Error("a timer of a slice that is gone") })
		<-s.Done()
		w.said("panic in timer: late")
		time.Sleep(2 * time.Minute)
	})
}

// TestPanicInDefer: a goroutine that panics while it panics, and one that calls runtime.Goexit, are gone all the same.
func TestPanicInDefer(t *testing.T) {
	in(t, func(w *world) {
		s := w.Open("bad", nil)
		s.Go("twice", func(context.Context) {
			defer func() { panic("second") }()
			panic("first")
		})
		<-s.Done()
		w.said("second")
	})
}

// TestBudgets: each is refused beyond, and at once, and what is given back can be had again.
func TestBudgets(t *testing.T) {
	in(t, func(w *world) {
		s := w.Open("greedy", nil)
		var blocks []*Block
		for range 4 {
			b, err := s.Pages(4096)
			if err != nil {
				t.Fatal(err)
			}
			blocks = append(blocks, b)
		}
		_, err := s.Pages(1)
		w.refused("a page", err)
		_, err = s.Hold(1)
		w.refused("a byte", err)
		blocks[0].Free()
		blocks[0].Free()
		release, err := s.Hold(4096)
		if err != nil {
			t.Error(err)
		}
		_, err = s.Pages(1)
		w.refused("a page beside bytes", err)
		release()
		release()
		if _, err := s.Pages(4096); err != nil {
			t.Error(err)
		}
		block := func(ctx context.Context) { <-ctx.Done() }
		for range 3 {
			if err := s.Go("one", block); err != nil {
				t.Error(err)
			}
		}
		w.refused("a goroutine", s.Go("four", block))
		if st := s.Status(); st.Refused != 4 || st.Bytes != 4*4096 || st.Goroutines != 3 {
			t.Errorf("%+v", st)
		}
		w.over(s)
		if _, err := s.Pages(1); err != ErrEnded {
			t.Errorf("a page of an ended slice: %v", err)
		}
	})
}

// TestHugeBudget: numbers that overflow are refused like others.
func TestHugeBudget(t *testing.T) {
	in(t, func(w *world) {
		s := w.Open("greedy", nil)
		for _, n := range []int{-1, -1 << 63, 1<<63 - 1, 1 << 62} {
			_, err := s.Hold(n)
			w.refused(fmt.Sprint(n, " bytes"), err)
		}
		_, err := s.Pages(1<<63 - 4096)
		w.refused("pages", err)
		w.over(s)
	})
}

// TestRate: a burst, then what time earns; who goes on beyond is cut off.
func TestRate(t *testing.T) {
	in(t, func(w *world) {
		s := w.Open("fast", nil)
		burst := func(want int) {
			t.Helper()
			n := 0
			for s.Message() == nil {
				n++
			}
			if n != want {
				t.Errorf("%d messages in a row, want %d", n, want)
			}
		}
		burst(5)
		time.Sleep(300 * time.Millisecond)
		burst(3)
		time.Sleep(time.Hour)
		burst(5)
		if err := s.Err(); err != nil {
			t.Errorf("ended: %v", err)
		}
		for range 3 {
			w.refused("a message", s.Message())
		}
		<-s.Done()
		w.said("fast: ends:", "4 messages refused in a row")
	})
}

// closer counts how often it is closed.
type closer struct{ n int }

func (c *closer) Close() error { c.n++; return nil }

// TestConnections: at most so many, each closed with the slice, those beyond at once.
func TestConnections(t *testing.T) {
	in(t, func(w *world) {
		s := w.Open("many", nil)
		var all [4]closer
		first, err := s.Connect(&all[0])
		if err != nil {
			t.Fatal(err)
		}
		s.Connect(&all[1])
		_, err = s.Connect(&all[2])
		w.refused("a connection", err)
		first.Close()
		if _, err := s.Connect(&all[3]); err != nil {
			t.Error(err)
		}
		w.over(s)
		for i := range all {
			if all[i].n != 1 {
				t.Errorf("connection %d was closed %d times", i, all[i].n)
			}
		}
		var late closer
		if _, err := s.Connect(&late); !errors.Is(err, ErrEnded) || late.n != 1 {
			t.Errorf("a connection to an ended slice: %v, closed %d times", err, late.n)
		}
	})
}

// TestCharge moves a block between accounts: the slice that had it is rid of it.
func TestCharge(t *testing.T) {
	in(t, func(w *world) {
		s, service := w.Open("source", nil), NewAccount(4096)
		b, _ := s.Pages(4096)
		big, _ := s.Pages(8192)
		if err := b.Charge(service); err != nil || s.Account().Used() != 8192 || service.Used() != 4096 {
			t.Errorf("%v, %d, %d", err, s.Account().Used(), service.Used())
		}
		w.refused("a charge", big.Charge(service))
		copy(b.Bytes(), "still there")
		w.over(s)
		if string(b.Bytes()[:11]) != "still there" || big.Bytes() != nil {
			t.Errorf("%q, %d bytes", b.Bytes()[:11], len(big.Bytes()))
		}
		b.Free()
		if b.Charge(service) == nil {
			t.Error("a freed block was charged")
		}
	})
}

// TestNoMemory: a domain without pages says what to do.
func TestNoMemory(t *testing.T) {
	in(t, func(w *world) {
		w.Set.o.Pages = xentest.NewPages(t, 1)
		s := w.Open("one", nil)
		if _, err := s.Pages(8192); err == nil || !strings.Contains(err.Error(), "memory=") || errors.Is(err, ErrBudget) || s.Account().Used() != 0 {
			t.Errorf("%v, %d bytes held", err, s.Account().Used())
		}
		w.over(s)
	})
}
