// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Scenarios of vchan: what two ends must do in every world. Host, Linux, and
// domains; on goroutines.

package vchantest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/domlet/domlet/xen/vchan"
	"github.com/domlet/domlet/xen/xentest"
)

// Scenarios returns the scenarios of package vchan.
func Scenarios() []xentest.Scenario {
	return []xentest.Scenario{
		{Name: "vchan-rings", Server: half(rings), Client: half(rings)},
		{Name: "vchan-pingpong", Server: half(ping), Client: half(pong)},
		{Name: "vchan-deadlines", Server: half(impatient), Client: half(slow)},
		{Name: "vchan-end", Server: half(end), Client: half(end)},
		{Name: "vchan-peek", Server: half(peek), Client: half(fill)},
		{Name: "vchan-nobody", Server: half(nobody), Client: half(late)},
		{Name: "vchan-crowd", Server: half(crowd), Client: half(crowd)},
		{Name: "vchan-churn", Server: half(churn), Client: half(churn)},
		{Name: "vchan-liars", Server: half(deceived), Client: half(liar)},
	}
}

// sizes are rings of each kind.
var sizes = []vchan.Rings{
	{}, {Read: 2048}, {Read: 2048, Write: 5000}, {Read: 9000}, {Read: 4096, Write: 4096}, {Read: 65536, Write: 65536},
	{Read: vchan.MaxRing, Write: vchan.MaxRing},
}

// rings sends pseudo-random bytes both ways at once through rings of every
// kind.
func rings(ctx context.Context, s side) error {
	const count = 200_003
	for i, r := range sizes {
		err := s.with(ctx, i, r, func(c *vchan.Conn) error {
			sent := make(chan error)
			go func() { sent <- sendNoise(c, s.Role, count) }()
			err := recvNoise(c, s.other(), count)
			return errors.Join(err, <-sent, s.leaveTogether(c))
		})
		if err != nil {
			return fmt.Errorf("rings %+v: %w", r, err)
		}
	}
	return nil
}

// other is the role of the other half.
func (s side) other() string {
	if s.Role == xentest.Server {
		return xentest.Client
	}
	return xentest.Server
}

// leaveTogether lets the server close first: what it wrote is read before.
func (s side) leaveTogether(c *vchan.Conn) error {
	if s.Role == xentest.Server {
		return c.Drain()
	}
	return wantEOF(c)
}

// wantEOF wants nothing more to come.
func wantEOF(c *vchan.Conn) error {
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return fmt.Errorf("at the end: %d bytes, %v", n, err)
	}
	return nil
}

// noise is a sequence of bytes that depends on who sends it.
func noise(p []byte, role string, from int) {
	for i := range p {
		at := uint32(from + i)
		p[i] = byte(at*2654435761>>13) ^ role[0]
	}
}

// sendNoise writes count bytes in portions of changing size.
func sendNoise(c *vchan.Conn, role string, count int) error {
	buf := make([]byte, 20_000)
	for done, size := 0, 1; done < count; size = size*3%19_997 + 1 {
		p := buf[:min(size, count-done)]
		noise(p, role, done)
		n, err := c.Write(p)
		if done += n; err != nil {
			return fmt.Errorf("after %d bytes were sent: %w", done, err)
		}
	}
	return nil
}

// recvNoise reads count bytes and compares them.
func recvNoise(c *vchan.Conn, role string, count int) error {
	got, want := make([]byte, 30_000), make([]byte, 30_000)
	for done := 0; done < count; {
		n, err := c.Read(got[:min(len(got), count-done)])
		if err != nil {
			return fmt.Errorf("after %d bytes came: %w", done, err)
		}
		noise(want[:n], role, done)
		if string(got[:n]) != string(want[:n]) {
			return fmt.Errorf("among bytes %d to %d are others than were sent", done, done+n)
		}
		done += n
	}
	return nil
}

// trips is how often a letter goes to and fro.
const trips = 500

func ping(ctx context.Context, s side) error {
	return s.with(ctx, 0, vchan.Rings{}, func(c *vchan.Conn) error {
		for i := range trips {
			want := byte(i)
			if _, err := c.Write([]byte{want}); err != nil {
				return err
			}
			p := make([]byte, 2)
			if n, err := c.Read(p); n != 1 || p[0] != want || err != nil {
				return fmt.Errorf("trip %d: %d bytes, %x, %v", i, n, p, err)
			}
		}
		return nil
	})
}

func pong(ctx context.Context, s side) error {
	return s.with(ctx, 0, vchan.Rings{}, func(c *vchan.Conn) error {
		_, err := io.CopyBuffer(c, c, make([]byte, 1))
		if errors.Is(err, vchan.ErrGone) {
			err = nil
		}
		return err
	})
}

// impatient has deadlines pass, in a Read for which nothing comes and in a
// Write for which there is no room, and goes on after each.
func impatient(ctx context.Context, s side) error {
	return s.with(ctx, 0, vchan.Rings{}, func(c *vchan.Conn) error {
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("Read: %d, %v", n, err)
		}
		p := make([]byte, 5000)
		noise(p, s.Role, 0)
		n, err := 0, os.ErrDeadlineExceeded
		for d := 20 * time.Millisecond; n == 0 && errors.Is(err, os.ErrDeadlineExceeded); d *= 2 { // it may pass before Write begins
			c.SetWriteDeadline(time.Now().Add(d))
			n, err = c.Write(p)
		}
		if n != 2048 || !errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("Write: %d of %d into a ring of 2048, %v", n, len(p), err)
		}
		c.SetDeadline(time.Time{})
		if err := s.Post(ctx, "timed-out", "yes"); err != nil {
			return err
		}
		if _, err := c.Write(p[n:]); err != nil {
			return err
		}
		return wantEOF(c)
	})
}

func slow(ctx context.Context, s side) error {
	return s.with(ctx, 0, vchan.Rings{}, func(c *vchan.Conn) error {
		if _, err := s.Fetch(ctx, "timed-out"); err != nil {
			return err
		}
		return recvNoise(c, s.other(), 5000)
	})
}

// end has each half close while the other's ring is full: what was written
// is read, then the end, and nothing can be written any more.
func end(ctx context.Context, s side) error {
	for i, first := range []string{xentest.Server, xentest.Client} {
		err := s.with(ctx, i, vchan.Rings{Read: 4096, Write: 4096}, func(c *vchan.Conn) error {
			if s.Role == first {
				return sendNoise(c, s.Role, 4096)
			}
			if err := errors.Join(recvNoise(c, s.other(), 4096), wantEOF(c)); err != nil {
				return err
			}
			if _, err := c.Write([]byte("x")); !errors.Is(err, vchan.ErrGone) {
				return fmt.Errorf("writing to nobody: %v", err)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("the %s closes first: %w", first, err)
		}
	}
	return nil
}

// peeked is how many bytes are read in place.
const peeked = 100_000

func peek(ctx context.Context, s side) error {
	return s.with(ctx, 0, vchan.Rings{Read: 8192}, func(c *vchan.Conn) error {
		var got []byte
		for len(got) < peeked {
			n := 0
			err := c.Peek(func(b []byte) { got, n = append(got, b...), len(b) })
			if err == nil {
				_, err = c.Discard(n)
			}
			if err != nil {
				return err
			}
		}
		want := make([]byte, peeked)
		noise(want, s.other(), 0)
		if string(got) != string(want) {
			return errors.New("other bytes were seen than were sent")
		}
		return nil
	})
}

func fill(ctx context.Context, s side) error {
	return s.with(ctx, 0, vchan.Rings{}, func(c *vchan.Conn) error {
		return errors.Join(sendNoise(c, s.Role, peeked), c.Drain())
	})
}

// nobody has an Accept cancelled and a listener closed before anybody
// comes, and then is there for a client that is waiting.
func nobody(ctx context.Context, s side) error {
	before := s.Grants.Stats()
	l, err := vchan.Listen(ctx, s.Platform, s.Peer, s.pathOf(1), vchan.Rings{Read: 65536, Write: 65536})
	if err != nil {
		return err
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := l.AcceptContext(short); !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("Accept that was cancelled: %v", err)
	}
	ended := make(chan error)
	go func() {
		_, err := l.Accept()
		ended <- err
	}()
	if err := l.Close(); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("Accept of a closed listener: %v", err)
	}
	if err := s.settled(ctx, before); err != nil {
		return err
	}
	return s.with(ctx, 0, vchan.Rings{}, wantEOF)
}

func late(ctx context.Context, s side) error {
	return s.with(ctx, 0, vchan.Rings{}, func(*vchan.Conn) error { return nil })
}

// crowd uses many connections at once.
func crowd(ctx context.Context, s side) error {
	const many, count = 8, 50_000
	before := s.Grants.Stats()
	ended := make(chan error)
	for i := range many {
		go func() {
			c, err := s.connect(ctx, i, vchan.Rings{Read: 4096})
			if err != nil {
				ended <- err
				return
			}
			if s.Role == xentest.Server {
				err = recvNoise(c, s.other(), count)
			} else {
				err = errors.Join(sendNoise(c, s.Role, count), c.Drain())
			}
			ended <- errors.Join(err, c.Close())
		}()
	}
	var all error
	for range many {
		all = errors.Join(all, <-ended)
	}
	if all != nil {
		return all
	}
	return s.settled(ctx, before)
}

// churns is how often a connection is made and closed.
const churns = 10

func churn(ctx context.Context, s side) error {
	for i := range churns {
		err := s.with(ctx, i, vchan.Rings{Read: 4096, Write: 4096}, func(c *vchan.Conn) error {
			if i%2 == 0 == (s.Role == xentest.Server) {
				return wantEOF(c)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	return nil
}
