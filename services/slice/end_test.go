// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Handlers that take too long, and peers that do not let go. Host.

package slice

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/xen/vchan"
)

// TestSlowHandler: a handler over its time is told by its context, and by its connections.
func TestSlowHandler(t *testing.T) {
	in(t, func(w *world) {
		s := w.Open("slow", nil)
		cut := make(chan bool)
		s.Connect(onClose(func() { close(cut) }))
		s.Go("serve", func(context.Context) {
			s.Handle("quick", func(context.Context) error { time.Sleep(9 * time.Second); return nil })
			s.Handle("slow", func(context.Context) error { <-cut; return nil })
		})
		begin := time.Now()
		<-s.Done()
		if took := time.Since(begin); took != 19*time.Second {
			t.Errorf("it took %v", took)
		}
		w.said("slow: ends: the handler slow takes longer than 10s")
	})
}

// onClose is a connection.
type onClose func()

func (f onClose) Close() error { f(); return nil }

// TestHandleOfEnded: a slice that has ended handles nothing.
func TestHandleOfEnded(t *testing.T) {
	in(t, func(w *world) {
		s := w.Open("gone", nil)
		w.over(s)
		if err := s.Handle("late", func(context.Context) error { t.Error("it ran"); return nil }); err != ErrEnded {
			t.Error(err)
		}
	})
}

// TestQuarantine: a handler that never returns keeps its pages; a second one is one too many; and what returns after all is
// over like everything else.
func TestQuarantine(t *testing.T) {
	in(t, func(w *world) {
		hang := make(chan bool)
		for _, name := range []string{"first", "second"} {
			s := w.Open(name, nil)
			b, _ := s.Pages(4096)
			s.Go("serve", func(context.Context) {
				s.Handle("hangs", func(context.Context) error { <-hang; return nil })
				b.Bytes()[0] = 1
			})
			time.Sleep(14 * time.Second)
			if st := s.Status(); st.State != "ending" {
				t.Errorf("%+v", st)
			}
			time.Sleep(2 * time.Second)
			if st := s.Status(); st.State != "quarantine" || st.Bytes != 4096 || st.Goroutines != 1 {
				t.Errorf("%+v", st)
			}
			w.said(name + ": in quarantine: 1 goroutines have not returned within 5s; 4096 bytes stay set aside")
		}
		if w.Quarantined() != 2 || w.pages.InUse() != 2 || len(w.fatal) != 1 {
			t.Errorf("%d in quarantine, %d pages, %q", w.Quarantined(), w.pages.InUse(), w.fatal)
		}
		close(hang)
		synctest.Wait()
		w.said("second: out of quarantine")
	})
}

// TestEndTwice: the first reason counts.
func TestEndTwice(t *testing.T) {
	in(t, func(w *world) {
		over := make(chan error)
		s := w.Open("ends", func(why error) { over <- why })
		first := errors.New("first")
		s.End(first)
		s.End(errors.New("second"))
		<-s.Done()
		if why := <-over; why != first {
			t.Errorf("over because of %v", why)
		}
		if s.Err() != first || context.Cause(s.Context()) != first {
			t.Errorf("%v, %v", s.Err(), context.Cause(s.Context()))
		}
	})
}

// TestPorts: event channels count while they are open.
func TestPorts(t *testing.T) {
	in(t, func(w *world) {
		s := w.Open("ports", nil)
		p := s.Platform()
		a, err := p.Events.Unbound(2)
		if err != nil {
			t.Fatal(err)
		}
		p.Events.Unbound(2)
		_, err = p.Events.Unbound(2)
		w.refused("a port", err)
		a.Close()
		if _, err := p.Events.Unbound(2); err != nil {
			t.Error(err)
		}
		if st := s.Status(); st.Ports != 2 {
			t.Errorf("%+v", st)
		}
		w.over(s)
		if _, err := p.Events.Unbound(2); err != ErrEnded {
			t.Error(err)
		}
	})
}

// TestHeldPages: pages that a peer does not let go of count as its slice's, however often it connects, and keep the slice from
// being done.
func TestHeldPages(t *testing.T) {
	in(t, func(w *world) {
		s, peer := w.Open("holds", nil), w.host.Domain(2)
		p := s.Platform()
		for range 4 {
			sh, err := p.Grants.Share(2, 1, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := peer.Grants().Map(1, sh.Refs(), false); err != nil {
				t.Fatal(err)
			}
			sh.Close()
		}
		_, err := p.Grants.Share(2, 1, false)
		w.refused("a page", err)
		s.End(errors.New("detached"))
		time.Sleep(time.Minute)
		select {
		case <-s.Done():
			t.Error("done, with pages in the peer's hands")
		default:
		}
		peer.Kill()
		<-s.Done()
	})
}

// TestMapped: pages of the peer's count too, and are unmapped with the slice.
func TestMapped(t *testing.T) {
	in(t, func(w *world) {
		s, peer := w.Open("maps", nil), w.host.Domain(2)
		sh, err := peer.Grants().Share(1, 4, false)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Platform().Grants.Map(2, sh.Refs(), false); err != nil {
			t.Fatal(err)
		}
		_, err = s.Pages(1)
		w.refused("a page", err)
		w.over(s)
		peer.Kill()
	})
}

// TestConnection: a vchan made with the slice's platform ends with the slice.
func TestConnection(t *testing.T) {
	in(t, func(w *world) {
		s, peer := w.Open("vchan", nil), w.host.Domain(2)
		ctx := w.t.Context()
		l, err := vchan.Listen(ctx, s.Platform(), 2, vchan.Path(2, 7), vchan.Rings{})
		if err != nil {
			t.Fatal(err)
		}
		s.Go("serve", func(ctx context.Context) {
			c, err := l.AcceptContext(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			s.Connect(c)
			c.Read(make([]byte, 1))
			l.Close()
		})
		c, err := vchan.Dial(ctx, peer.Platform(), 1, vchan.Path(2, 7))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		s.End(errors.New("detached"))
		if _, err := c.Read(make([]byte, 1)); err == nil {
			t.Error("the connection lives on")
		}
		c.Close()
		<-s.Done()
		peer.Kill()
		w.host.Domain(1).Kill()
	})
}
