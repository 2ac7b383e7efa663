// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Conformance of event channels. Host, Linux, and domains; on goroutines.

package xentest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/domlet/domlet/xen/evtchn"
)

// EventScenarios are what every backend of package evtchn must do.
func EventScenarios() []Scenario {
	return []Scenario{
		{"self", knowsItself, knowsItself},
		{"exchange", exchangeServer, exchangeClient},
		{"many", manyServer, manyClient},
		{"unite", uniteServer, uniteClient},
		{"mask", maskServer, maskClient},
		{"hangup", hangupServer, hangupClient},
		{"refuse", refuseServer, refuseClient},
		{"churn", churnServer, churnClient},
		{"storm", stormServer, stormClient},
	}
}

// soon is long enough for an event that is on its way.
const soon = 50 * time.Millisecond

// knowsItself wants Xen to say who the domain is.
func knowsItself(_ context.Context, s *Side) error {
	self, err := evtchn.Self(s.Events)
	if err == nil && self != s.Self {
		err = fmt.Errorf("domain %d takes itself for domain %d", s.Self, self)
	}
	return err
}

// serve makes a port for the other half and tells it. An event comes when the
// other half has bound to it.
func (s *Side) serve(ctx context.Context, key string) (*evtchn.Channel, error) {
	c, err := s.Events.Unbound(s.Peer)
	if err != nil {
		return nil, err
	}
	if err := s.Post(ctx, key, strconv.Itoa(int(c.Port()))); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// connect binds to a port that the other half tells. Xen reports an event at
// once, which is taken here.
func (s *Side) connect(ctx context.Context, key string) (*evtchn.Channel, error) {
	text, err := s.Fetch(ctx, key)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return nil, err
	}
	c, err := s.Events.Interdomain(s.Peer, evtchn.Port(port))
	if err != nil {
		return nil, err
	}
	if err := c.Wait(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("no event came with the binding: %w", err), c.Close())
	}
	return c, nil
}

// using calls f with a channel and closes it afterwards.
func using(c *evtchn.Channel, err error, f func(c *evtchn.Channel) error) error {
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.Close())
}

// exchange: one notifies, the other answers, many times; each event must come.
// A wait may end without an event, so the server counts nothing: it answers
// until the client has had its answers.

func exchangeServer(ctx context.Context, s *Side) error {
	c, err := s.serve(ctx, "port")
	return using(c, err, func(c *evtchn.Channel) error { return s.answer(ctx, c) })
}

func exchangeClient(ctx context.Context, s *Side) error {
	c, err := s.connect(ctx, "port")
	return using(c, err, func(c *evtchn.Channel) error {
		return errors.Join(ask(ctx, c, 100), s.Post(ctx, "done", "yes"))
	})
}

// answer answers each event with one, until the other half is done.
func (s *Side) answer(ctx context.Context, c *evtchn.Channel) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	fetched := make(chan error, 1)
	go func() {
		_, err := s.Fetch(ctx, "done")
		cancel()
		fetched <- err
	}()
	for {
		switch err := c.Wait(waiting); {
		case waiting.Err() != nil:
			return <-fetched
		case err != nil:
			return err
		}
		if err := c.Notify(); err != nil {
			return err
		}
	}
}

// ask notifies and waits for an answer, n times.
func ask(ctx context.Context, c *evtchn.Channel, n int) error {
	for range n {
		if err := errors.Join(c.Notify(), c.Wait(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// many: exchanges on many channels at once, a goroutine for each.

const manyChannels = 16

// onEach calls f for the channels 0 to n-1, on goroutines.
func onEach(n int, f func(i int) error) error {
	errs := make(chan error)
	for i := range n {
		go func() { errs <- f(i) }()
	}
	var all error
	for range n {
		all = errors.Join(all, <-errs)
	}
	return all
}

func manyServer(ctx context.Context, s *Side) error {
	return onEach(manyChannels, func(i int) error {
		c, err := s.serve(ctx, "port"+strconv.Itoa(i))
		return using(c, err, func(c *evtchn.Channel) error { return s.answer(ctx, c) })
	})
}

func manyClient(ctx context.Context, s *Side) error {
	err := onEach(manyChannels, func(i int) error {
		c, err := s.connect(ctx, "port"+strconv.Itoa(i))
		return using(c, err, func(c *evtchn.Channel) error { return ask(ctx, c, 20) })
	})
	return errors.Join(err, s.Post(ctx, "done", "yes"))
}

// unite: events that nobody waited for are one, and then there is none.

func uniteServer(ctx context.Context, s *Side) error {
	c, err := s.serve(ctx, "port")
	return using(c, err, func(c *evtchn.Channel) error {
		if _, err := s.Fetch(ctx, "sent"); err != nil {
			return err
		}
		if err := c.Wait(ctx); err != nil {
			return err
		}
		return quiet(c)
	})
}

func uniteClient(ctx context.Context, s *Side) error {
	c, err := s.connect(ctx, "port")
	return using(c, err, func(c *evtchn.Channel) error {
		for range 100 {
			if err := c.Notify(); err != nil {
				return err
			}
		}
		return s.Post(ctx, "sent", "yes")
	})
}

// quiet checks that a few waits at most end without an event, then none.
func quiet(c *evtchn.Channel) error {
	for range 5 {
		if err := c.WaitUntil(time.Now().Add(soon)); errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
	}
	return errors.New("events come that nobody sent")
}

// mask: a masked port keeps its event.

func maskServer(ctx context.Context, s *Side) error {
	c, err := s.serve(ctx, "port")
	return using(c, err, func(c *evtchn.Channel) error {
		if err := errors.Join(c.Wait(ctx), c.Mask(), s.Post(ctx, "masked", "yes")); err != nil {
			return err
		}
		if _, err := s.Fetch(ctx, "sent"); err != nil {
			return err
		}
		if err := quiet(c); err != nil {
			return fmt.Errorf("though the port is masked, %w", err)
		}
		return errors.Join(c.Unmask(), c.Wait(ctx), quiet(c))
	})
}

func maskClient(ctx context.Context, s *Side) error {
	c, err := s.connect(ctx, "port")
	return using(c, err, func(c *evtchn.Channel) error {
		if err := c.Notify(); err != nil {
			return err
		}
		if _, err := s.Fetch(ctx, "masked"); err != nil {
			return err
		}
		for range 1000 {
			if err := c.Notify(); err != nil {
				return err
			}
		}
		return s.Post(ctx, "sent", "yes")
	})
}

// hangup: the other end closes. Nothing tells but the status; the port can be
// bound to again.

func hangupServer(ctx context.Context, s *Side) error {
	c, err := s.serve(ctx, "port")
	return using(c, err, func(c *evtchn.Channel) error {
		peer, err := s.Fetch(ctx, "bound")
		if err != nil {
			return err
		}
		if st, err := c.Status(); err != nil || st.Kind != evtchn.Interdomain || st.Peer != s.Peer || strconv.Itoa(int(st.Port)) != peer {
			return fmt.Errorf("connected to port %s, the status is %+v, %v", peer, st, err)
		}
		if err := s.Post(ctx, "seen", "yes"); err != nil {
			return err
		}
		if _, err := s.Fetch(ctx, "closed"); err != nil {
			return err
		}
		if st, err := c.Status(); err != nil || st.Kind != evtchn.Unbound || st.Peer != s.Peer {
			return fmt.Errorf("after the hang-up the status is %+v, %v", st, err)
		}
		if err := c.Notify(); err != nil {
			return fmt.Errorf("to notify nobody is an error: %w", err)
		}
		if err := s.Post(ctx, "again", strconv.Itoa(int(c.Port()))); err != nil {
			return err
		}
		_, err = s.Fetch(ctx, "done")
		return err
	})
}

func hangupClient(ctx context.Context, s *Side) error {
	c, err := s.connect(ctx, "port")
	err = using(c, err, func(c *evtchn.Channel) error {
		if err := s.Post(ctx, "bound", strconv.Itoa(int(c.Port()))); err != nil {
			return err
		}
		_, err := s.Fetch(ctx, "seen")
		return err
	})
	if err != nil {
		return err
	}
	if err := allClosed(c); err != nil {
		return err
	}
	if err := s.Post(ctx, "closed", "yes"); err != nil {
		return err
	}
	c, err = s.connect(ctx, "again")
	return using(c, err, func(*evtchn.Channel) error { return s.Post(ctx, "done", "yes") })
}

// allClosed checks that every method of a closed channel says so.
func allClosed(c *evtchn.Channel) error {
	_, status := c.Status()
	for name, err := range map[string]error{
		"Notify": c.Notify(), "WaitUntil": c.WaitUntil(time.Time{}), "Mask": c.Mask(),
		"Unmask": c.Unmask(), "Close": c.Close(), "Status": status, "BindVCPU": c.BindVCPU(0),
	} {
		if !errors.Is(err, os.ErrClosed) {
			return fmt.Errorf("%s of a closed channel: %v", name, err)
		}
	}
	return nil
}
