// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How a slice ends. Any goroutine.

package slice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// End ends the slice: the context of its handlers is cancelled, its connections are cut, and when its goroutines have returned
// all that it holds is given back. Only the first call counts. End does not wait: see Done.
func (s *Slice) End(why error) {
	if !s.begin(why) {
		return
	}
	s.Logf("ends: %v", why)
	s.cancel(why)
	for _, c := range s.open() {
		s.start("close", func(context.Context) { s.closed(c.Close()) })
	}
	s.watch()
	s.finish()
}

// Err is why the slice ended, nil while it has not.
func (s *Slice) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// begin notes the first reason to end.
func (s *Slice) begin(why error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return false
	}
	s.err = why
	s.running++ // End itself: the slice is not finished under it
	return true
}

// open lists the connections.
func (s *Slice) open() (list []*Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		list = append(list, c)
	}
	return list
}

// closed logs what went wrong with giving something back. That somebody else had closed it is no news.
func (s *Slice) closed(err error) {
	if err != nil && !errors.Is(err, os.ErrClosed) && !errors.Is(err, net.ErrClosed) {
		s.Logf("closing: %v", err)
	}
}

// watch puts the slice into quarantine if its goroutines do not return.
func (s *Slice) watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grace = s.set.clock.AfterFunc(s.budget.Grace, s.quarantine)
}

// quarantine keeps what the slice holds from being used again: a goroutine that does not return may still write to it.
func (s *Slice) quarantine() {
	s.mu.Lock()
	if s.gone || s.isolated {
		s.mu.Unlock()
		return
	}
	s.isolated = true
	n := s.running
	s.mu.Unlock()
	s.Logf("in quarantine: %d goroutines have not returned within %v; %d bytes stay set aside", n, s.budget.Grace, s.account.Used())
	s.set.isolate(s)
}

// finish is what each goroutine does at its end. The last one of an ended slice gives everything back.
func (s *Slice) finish() {
	s.mu.Lock()
	s.running--
	if s.err == nil || s.running > 0 {
		s.mu.Unlock()
		return
	}
	s.gone = true
	handles := s.estate.list()
	grace := s.grace
	s.mu.Unlock()
	grace.Stop()
	s.account.freeAll()
	for _, h := range handles {
		s.closed(h.close())
	}
	s.conclude()
}

// lookAgain is how often a slice without goroutines looks whether its peer has let go of shared pages.
const lookAgain = time.Second

// conclude ends the life of a slice whose pages are all back. While a peer holds on to some, they count as its slice's, which
// is not done: so a peer cannot make the domain lose pages by ending its slice again and again.
func (s *Slice) conclude() {
	s.mu.Lock()
	s.estate.settle(s.account)
	left, isolated, why := len(s.estate.handles), s.isolated, s.err
	s.mu.Unlock()
	if left > 0 {
		s.set.clock.AfterFunc(lookAgain, s.conclude)
		return
	}
	if isolated {
		s.Logf("out of quarantine")
	}
	s.set.remove(s, isolated)
	close(s.done)
	if s.over != nil {
		s.set.clock.AfterFunc(0, func() { s.over(why) })
	}
}

// panicked is why a slice ends whose goroutine panicked.
func panicked(name string, p any) error { return fmt.Errorf("panic in %s: %v", name, p) }
