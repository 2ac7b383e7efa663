// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The streams of a call: out, and into a service. Any goroutine.

package qrexec

import (
	"io"
	"net"
	"sync"
	"time"

	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/clock"
)

// outlet is a stream that this end sends.
type outlet struct {
	link   *link
	stream wire.Type

	mu     sync.Mutex
	closed bool
}

// Write sends bytes, and waits while the other end does not read.
func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.closed:
		return 0, net.ErrClosed
	case len(p) == 0: // on the wire that is the stream's end
		return 0, nil
	}
	return o.link.send(o.stream, p)
}

// Close ends the stream.
func (o *outlet) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil
	}
	o.closed = true
	_, err := o.link.send(o.stream, nil)
	return err
}

// inlet is what comes to a service. One goroutine reads headers; the bodies of input are left for Read, and it waits until
// they are taken.
type inlet struct {
	link  *link
	clock clock.Clock
	gone  func() // called when the caller left

	mu      sync.Mutex // covers what follows, and held while a body is read
	turn    sync.Cond
	left    int  // bytes that Read may take
	ended   bool // the input, as it should
	cut     bool // the connection
	stopped bool // nobody reads any more
}

func newInlet(l *link, c clock.Clock, gone func()) *inlet {
	in := &inlet{link: l, clock: c, gone: gone}
	in.turn.L = &in.mu
	return in
}

// run reads until the connection ends. It returns a violation of the protocol, if that is why.
func (in *inlet) run() error {
	defer in.cutOff()
	for {
		p, err := in.link.next()
		if err != nil {
			return err
		}
		if p.Kind != wire.Stream {
			err = in.link.drop(p.Size)
		} else if !in.offer(p.Size) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// offer leaves a body for Read, and waits until it has been taken. It returns false when nobody will.
func (in *inlet) offer(n int) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.left, in.ended = n, n == 0
	in.turn.Broadcast()
	if n > 0 {
		stop := in.watch()
		defer stop()
	}
	for in.left > 0 && !in.stopped && !in.cut {
		in.turn.Wait()
	}
	return !in.stopped && !in.cut
}

// watch looks now and then whether the caller is there, until stop is called: while a body waits, nobody reads who would
// notice. The caller holds mu.
func (in *inlet) watch() (stop func()) {
	l, ok := in.link.conn.(Leaver)
	if !ok {
		return func() {}
	}
	var t clock.Timer
	var look func()
	look = func() {
		if l.Gone() {
			in.gone()
			return
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.left > 0 && !in.stopped {
			t = in.clock.AfterFunc(glanceEvery, look)
		}
	}
	t = in.clock.AfterFunc(time.Duration(glanceEvery), look)
	return func() { t.Stop() }
}

// Read takes input. It ends with io.EOF as the caller ended it, and with io.ErrUnexpectedEOF when the caller went away.
func (in *inlet) Read(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for in.left == 0 && !in.ended && !in.cut && !in.stopped {
		in.turn.Wait()
	}
	switch {
	case in.stopped:
		return 0, net.ErrClosed
	case in.left > 0:
		return in.take(p)
	case in.ended:
		return 0, io.EOF
	}
	return 0, io.ErrUnexpectedEOF
}

// take moves bytes of a body. The caller holds mu.
func (in *inlet) take(p []byte) (int, error) {
	n, err := in.link.in.Read(p[:min(len(p), in.left)])
	if in.left -= n; err != nil {
		in.left, in.cut, err = 0, true, io.ErrUnexpectedEOF
	}
	in.turn.Broadcast()
	return n, err
}

// cutOff says that no more will come.
func (in *inlet) cutOff() {
	in.mu.Lock()
	in.cut = true
	in.turn.Broadcast()
	in.mu.Unlock()
	in.gone()
}

// stop ends run and Read, which the connection's end has ended already if they were at it.
func (in *inlet) stop() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.stopped = true
	in.turn.Broadcast()
}
