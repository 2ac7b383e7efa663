// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Conformance of event channels where something is refused, used up fast, or
// overdone. Host, Linux, and domains; on goroutines.

package xentest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"syscall"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
)

// refuse: what Xen does not allow is an error that says so.

func refuseServer(ctx context.Context, s *Side) error {
	const nobody = abi.DOMID_FIRST_RESERVED - 1
	c, err := s.Events.Unbound(nobody)
	return using(c, err, func(c *evtchn.Channel) error {
		if err := s.Post(ctx, "port", strconv.Itoa(int(c.Port()))); err != nil {
			return err
		}
		_, err := s.Fetch(ctx, "done")
		return err
	})
}

func refuseClient(ctx context.Context, s *Side) error {
	text, err := s.Fetch(ctx, "port")
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	_, notOurs := s.Events.Interdomain(s.Peer, evtchn.Port(port))
	_, nobody := s.Events.Interdomain(abi.DOMID_FIRST_RESERVED-2, 1)
	_, noPort := s.Events.Interdomain(s.Peer, 1<<17-1)
	if !errors.Is(notOurs, syscall.EINVAL) || !errors.Is(nobody, syscall.ESRCH) || !errors.Is(noPort, syscall.EINVAL) {
		return fmt.Errorf("another domain's port: %v; no such domain: %v; no such port: %v", notOurs, nobody, noPort)
	}
	return s.Post(ctx, "done", "yes")
}

// churn: ports come and go, and their numbers are used again, while others wait
// and notify.

const churns = 20

func churnServer(ctx context.Context, s *Side) error {
	for i := range churns {
		c, err := s.serve(ctx, "port"+strconv.Itoa(i))
		err = using(c, err, func(c *evtchn.Channel) error { return c.Wait(ctx) })
		if err != nil {
			return err
		}
	}
	_, err := s.Fetch(ctx, "done")
	return err
}

func churnClient(ctx context.Context, s *Side) error {
	for i := range churns {
		c, err := s.connect(ctx, "port"+strconv.Itoa(i))
		err = using(c, err, func(c *evtchn.Channel) error { return c.Notify() })
		if err != nil {
			return err
		}
	}
	return s.Post(ctx, "done", "yes")
}

// storm: a peer that notifies as fast as it can cannot keep others from being
// heard.

func stormServer(ctx context.Context, s *Side) error {
	loud, err := s.serve(ctx, "loud")
	return using(loud, err, func(loud *evtchn.Channel) error {
		c, err := s.serve(ctx, "port")
		return using(c, err, func(c *evtchn.Channel) error { return s.answer(ctx, c) })
	})
}

func stormClient(ctx context.Context, s *Side) error {
	loud, err := s.connect(ctx, "loud")
	return using(loud, err, func(loud *evtchn.Channel) error {
		stop, stopped := make(chan struct{}), make(chan error)
		go func() { stopped <- shout(loud, stop) }()
		c, err := s.connect(ctx, "port")
		err = using(c, err, func(c *evtchn.Channel) error {
			return errors.Join(ask(ctx, c, 20), s.Post(ctx, "done", "yes"))
		})
		close(stop)
		return errors.Join(err, <-stopped)
	})
}

// shout notifies without a pause.
func shout(c *evtchn.Channel, stop chan struct{}) error {
	for {
		select {
		case <-stop:
			return nil
		default:
			if err := c.Notify(); err != nil {
				return err
			}
		}
	}
}
