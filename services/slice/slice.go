// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A slice's life: open, ending, gone or in quarantine. Any goroutine.

package slice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/domlet/domlet/xen/clock"
)

// ErrEnded says that the slice has ended.
var ErrEnded = errors.New("the slice has ended")

// Slice is the compartment of one peer: what it holds, and what runs for it.
type Slice struct {
	set     *Set
	name    string
	budget  Budget
	account *Account
	rate    *bucket
	ctx     context.Context
	cancel  context.CancelCauseFunc
	done    chan struct{}
	over    func(why error) // may be nil

	mu       sync.Mutex // covers what follows
	err      error      // why it ended
	conns    map[*Conn]bool
	running  int // goroutines
	grace    clock.Timer
	isolated bool
	gone     bool
	messages uint64
	refused  uint64
	row      int // refusals since the last message within the rate
	estate   estate
}

func newSlice(t *Set, name string) *Slice {
	b := t.o.Budget
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Slice{
		set: t, name: name, budget: b, account: NewAccount(b.Bytes), rate: newBucket(b.Rate, b.Burst, t.clock.Now()),
		ctx: ctx, cancel: cancel, done: make(chan struct{}), conns: map[*Conn]bool{},
	}
}

// Name returns the slice's name.
func (s *Slice) Name() string { return s.name }

// Context ends with the slice; its cause is why.
func (s *Slice) Context() context.Context { return s.ctx }

// Account is what the slice holds.
func (s *Slice) Account() *Account { return s.account }

// Done is closed when the slice has ended and all that it held was given back. For a slice in quarantine that may be never.
func (s *Slice) Done() <-chan struct{} { return s.done }

// Logf writes a line about the slice. Whatever a peer sent must be quoted.
func (s *Slice) Logf(format string, args ...any) {
	s.set.o.Log(s.name + ": " + fmt.Sprintf(format, args...))
}

// Status returns what the slice uses now.
func (s *Slice) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := "open"
	switch {
	case s.isolated:
		state = "quarantine"
	case s.err != nil:
		state = "ending"
	}
	ports := s.estate.settle(s.account)
	return Status{s.name, state, s.account.Used(), len(s.conns), ports, s.running, s.messages, s.refused}
}

// Message counts a message of the peer's. Beyond the rate it returns ErrBudget, and the service refuses the message; a peer
// that does not heed that ends its slice.
func (s *Slice) Message() error {
	ok := s.rate.take(s.set.clock.Now())
	s.mu.Lock()
	if ok {
		s.messages++
		s.row = 0
	} else {
		s.refused++
		s.row++
	}
	flood := s.row > s.budget.Refusals
	s.mu.Unlock()
	switch {
	case ok:
		return nil
	case flood:
		s.End(fmt.Errorf("%w: %d messages refused in a row", ErrBudget, s.budget.Refusals+1))
	}
	return fmt.Errorf("%w: more than %d messages a second", ErrBudget, s.budget.Rate)
}

// Pages takes memory for data of the peer's. It comes back with Free, or with the slice.
func (s *Slice) Pages(bytes int) (*Block, error) {
	if s.ctx.Err() != nil {
		return nil, ErrEnded
	}
	b, err := s.account.Pages(s.set.o.Pages, bytes)
	return b, s.counted(err)
}

// Hold counts bytes that the peer makes the service keep elsewhere: entries of a queue, buffers. The function gives them back.
func (s *Slice) Hold(bytes int) (release func(), err error) {
	if err := s.counted(s.account.hold(bytes)); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { s.account.drop(bytes) }), nil
}

// counted counts a refusal.
func (s *Slice) counted(err error) error {
	if errors.Is(err, ErrBudget) {
		s.mu.Lock()
		s.refused++
		s.mu.Unlock()
	}
	return err
}

// Conn is a connection of a slice's, which is closed with it.
type Conn struct {
	s *Slice
	c io.Closer
}

// Connect makes a connection the slice's, or closes it and says why not.
func (s *Slice) Connect(c io.Closer) (*Conn, error) {
	conn, err := s.connect(c)
	if err != nil {
		return nil, errors.Join(s.counted(err), c.Close())
	}
	return conn, nil
}

func (s *Slice) connect(c io.Closer) (*Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
		return nil, ErrEnded
	case len(s.conns) >= s.budget.Connections:
		return nil, fmt.Errorf("%w: %d connections are open", ErrBudget, len(s.conns))
	}
	conn := &Conn{s, c}
	s.conns[conn] = true
	return conn, nil
}

// Close closes the connection and gives its place in the budget back.
func (c *Conn) Close() error {
	err := c.c.Close()
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	delete(c.s.conns, c)
	return err
}
