// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What runs for a slice. This file has the only go statement of the services. Any goroutine.

package slice

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

// maxStack is how much of a goroutine's stack is logged, in lines: a peer must not fill the log.
const maxStack = 40

// Go runs f on a goroutine of the slice's, unless there are too many or the slice has ended. A panic in it is logged, with the
// stack, and ends this slice and no other. The context is the slice's.
func (s *Slice) Go(name string, f func(ctx context.Context)) error {
	if err := s.admit(); err != nil {
		return s.counted(err)
	}
	go s.run(name, f)
	return nil
}

// Spawn is Go for protocols that cannot do without a goroutine. Where the slice may have no more it ends, and f, which sees that, is
// called here and is soon done.
func (s *Slice) Spawn(f func()) {
	if err := s.Go("protocol", func(context.Context) { f() }); err != nil {
		s.End(err)
		f()
	}
}

// admit counts one more goroutine within the budget.
func (s *Slice) admit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
		return ErrEnded
	case s.running >= s.budget.Goroutines:
		return fmt.Errorf("%w: %d goroutines are running", ErrBudget, s.running)
	}
	s.running++
	return nil
}

// start is Go beyond the budget: for timers, which the slice must hear of, and for the slice's end. Once all is given back
// there is nothing to start.
func (s *Slice) start(name string, f func(ctx context.Context)) {
	s.mu.Lock()
	gone := s.gone
	if !gone {
		s.running++
	}
	s.mu.Unlock()
	if !gone {
		go s.run(name, f)
	}
}

// run is a goroutine of the slice's. What f's own defer statements panic with is recovered too.
func (s *Slice) run(name string, f func(ctx context.Context)) {
	defer s.finish()
	s.contain(name, f)
}

// contain calls f and ends the slice if it panics.
func (s *Slice) contain(name string, f func(ctx context.Context)) {
	defer func() {
		if p := recover(); p != nil {
			s.logStack(debug.Stack())
			s.End(panicked(name, p))
		}
	}()
	f(s.ctx)
}

// logStack logs the innermost part of a stack.
func (s *Slice) logStack(stack []byte) {
	lines := bytes.SplitN(stack, []byte("\n"), maxStack+1)
	for _, l := range lines[:min(len(lines), maxStack)] {
		s.Logf("%s", bytes.TrimLeft(l, "\t"))
	}
}

// Handle runs f here and now, and ends the slice if it takes longer than a handler may. f should return when the context ends;
// that its connections are cut then makes it. A handler that waits for its peer outside of Handle may do so for ever.
func (s *Slice) Handle(name string, f func(ctx context.Context) error) error {
	if s.ctx.Err() != nil {
		return ErrEnded
	}
	var over atomic.Bool
	timer := s.set.clock.AfterFunc(s.budget.Handler, func() {
		if !over.Load() {
			s.End(fmt.Errorf("the handler %s takes longer than %v", name, s.budget.Handler))
		}
	})
	defer func() {
		over.Store(true)
		timer.Stop()
	}()
	return f(s.ctx)
}
