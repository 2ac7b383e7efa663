// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Event channels as a program sees them. Any goroutine.

package evtchn

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/gate"
)

// Port is an event channel's number in its domain. 0 is none.
type Port uint32

// Bus is one domain's event channels. Its errors are of type [*Error] where Xen
// refused.
type Bus interface {
	// Unbound makes a port that the domain peer may bind to (EVTCHNOP_alloc_unbound).
	Unbound(peer abi.Domid_t) (*Channel, error)
	// Interdomain connects to a port that peer made for us
	// (EVTCHNOP_bind_interdomain). An event is waiting from the start: peer may
	// have sent one before anybody could get it.
	Interdomain(peer abi.Domid_t, port Port) (*Channel, error)
	// VIRQ gets a virtual interrupt (abi.VIRQ_...) of a vCPU (EVTCHNOP_bind_virq).
	VIRQ(virq uint32, vcpu int) (*Channel, error)
	// IPI makes a port that is notified by its own domain and served by that vCPU
	// (EVTCHNOP_bind_ipi). A Linux process has none.
	IPI(vcpu int) (*Channel, error)
}

// Channel is one end of an event channel. Any goroutine may call its methods;
// after Close they answer [os.ErrClosed].
type Channel struct {
	line    Line
	users   gate.Gate
	waiting atomic.Bool // somebody waits
	again   atomic.Bool // what may have been an event came and was not reported
}

// NewChannel makes a channel of a bound port. It is for backends.
func NewChannel(line Line) *Channel {
	return &Channel{line: line, users: gate.New()}
}

// errTwoWaiters is an error of the caller's program.
var errTwoWaiters = errors.New("evtchn: two goroutines wait at one channel: give each its own")

// Port returns the channel's number in its own domain, also after Close.
func (c *Channel) Port() Port { return c.line.Port() }

// Notify sends an event to the other end (EVTCHNOP_send). Where nobody is at the
// other end it does nothing, as Xen does.
func (c *Channel) Notify() error { return c.use(c.line.Notify) }

// Wait returns nil when there was an event since the last Wait, or
// [Channel.Interrupt] was called, and the context's error when that is done
// first. A nil may also come without a reason: look what there is to do, then
// wait again. One goroutine may wait at a time.
func (c *Channel) Wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return c.use(ctx.Err)
	}
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, c.Interrupt)()
	}
	return c.wait(0, ctx.Err)
}

// WaitUntil is Wait with a deadline, after which it answers
// [os.ErrDeadlineExceeded]; the zero time is none.
func (c *Channel) WaitUntil(deadline time.Time) error {
	if deadline.IsZero() {
		return c.wait(0, noError)
	}
	left := time.Until(deadline)
	if left <= 0 {
		return c.use(tooLate)
	}
	return c.wait(left, noError)
}

func noError() error { return nil }

func tooLate() error { return os.ErrDeadlineExceeded }

// wait waits for an event, for at most d; 0 is for ever. What stopped says
// afterwards goes before the event, which is then kept for the next wait: it
// may have been one, or only what ended this wait.
func (c *Channel) wait(d time.Duration, stopped func() error) error {
	if !c.users.Enter() {
		return os.ErrClosed
	}
	defer c.users.Leave()
	if !c.waiting.CompareAndSwap(false, true) {
		return errTwoWaiters
	}
	defer c.waiting.Store(false)
	var err error
	if !c.again.Swap(false) {
		err = c.line.Wait(d)
	}
	if c.users.IsShut() {
		return os.ErrClosed
	}
	if why := stopped(); why != nil {
		c.again.Store(err == nil)
		return why
	}
	return err
}

// Interrupt ends the present Wait, or the next one, with nil though there was no
// event. This is how a deadline that changes, or the closing of what stands
// above a channel, reaches the goroutine that waits. After Close it does nothing.
func (c *Channel) Interrupt() {
	if c.users.Enter() {
		c.line.Wake()
		c.users.Leave()
	}
}

// Mask keeps events back until Unmask: they are not lost, and one that is
// waiting already may still be reported. To Xen a masked port costs nothing,
// however often the other end notifies it.
func (c *Channel) Mask() error { return c.use(c.line.Mask) }

// Unmask lets events through again, one that came meanwhile at once.
func (c *Channel) Unmask() error { return c.use(c.line.Unmask) }

// Status asks what the channel is connected to (EVTCHNOP_status). When the other
// end closes, or its domain dies, an interdomain channel becomes unbound; no
// event tells of it. On a closed channel the status is [Closed] and the error
// [os.ErrClosed]. A Linux process asks through /dev/xen/privcmd; since XSA-482 Linux
// lets only dom0's do that, unless its command line has xen_privcmd.unrestricted.
func (c *Channel) Status() (s Status, err error) {
	if !c.users.Enter() {
		return s, os.ErrClosed
	}
	defer c.users.Leave()
	return c.line.Status()
}

// BindVCPU has a vCPU serve the channel from now on (EVTCHNOP_bind_vcpu). It
// cannot be done to IPIs and to virtual interrupts that belong to a vCPU. In a
// Linux process it answers [errors.ErrUnsupported]: the kernel decides.
func (c *Channel) BindVCPU(vcpu int) error {
	return c.use(func() error { return c.line.BindVCPU(vcpu) })
}

// SetPriority has the channel's events served before those of larger numbers,
// from abi.EVTCHN_FIFO_PRIORITY_MAX to _MIN (EVTCHNOP_set_priority). It answers
// [errors.ErrUnsupported] in a domain with two-level event channels and in a
// Linux process.
func (c *Channel) SetPriority(priority int) error {
	return c.use(func() error { return c.line.SetPriority(priority) })
}

// Close gives the port back (EVTCHNOP_close), when the calls that are under way
// have ended: a Wait ends with [os.ErrClosed]. Only the first Close succeeds.
func (c *Channel) Close() error {
	if !c.users.Shut() {
		return os.ErrClosed
	}
	c.line.Wake()
	<-c.users.Empty()
	return c.line.Close()
}

// use calls f unless the channel is closed, and holds Close up meanwhile: the
// port may not become somebody else's under f.
func (c *Channel) use(f func() error) error {
	if !c.users.Enter() {
		return os.ErrClosed
	}
	defer c.users.Leave()
	return f()
}
