// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Event channels of a Linux process. Any goroutine.

//go:build !domlet

package evtchn

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/domlet/domlet/xen/abi"
)

// Local returns the event channels of this process. The device is open, and a
// goroutine reads it, as long as there are channels.
func Local() (Bus, error) {
	f, err := os.OpenFile(evtchnPath, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("evtchn: %w: run in a Xen domain, with the module xen-evtchn loaded, as root", err)
	}
	return &linuxBus{}, f.Close()
}

// linuxBus shares a device between the channels of a process.
type linuxBus struct {
	mu     sync.Mutex
	device *device // nil: there is no channel
}

// bind opens a channel by a request that answers a port.
func (b *linuxBus) bind(op string, request uintptr, args ...uint32) (*Channel, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.device == nil {
		d, err := openDevice()
		if err != nil {
			return nil, err
		}
		b.device = d
	}
	l, errno := b.device.bind(b, request, args)
	if errno != 0 {
		return nil, errors.Join(&Error{op, errno}, b.release())
	}
	return NewChannel(l), nil
}

// release closes the device if no channel is left. Locked.
func (b *linuxBus) release() error {
	if b.device == nil || b.device.users() > 0 {
		return nil
	}
	d := b.device
	b.device = nil
	return d.close()
}

func (b *linuxBus) Unbound(peer abi.Domid_t) (*Channel, error) {
	return b.bind(OpUnbound(peer), ioctlUnbound, uint32(peer))
}

func (b *linuxBus) Interdomain(peer abi.Domid_t, port Port) (*Channel, error) {
	return b.bind(OpInterdomain(peer, port), ioctlInterdomain, uint32(peer), uint32(port))
}

// VIRQ knows the first vCPU only, and the virtual interrupts that the kernel has
// left free.
func (b *linuxBus) VIRQ(virq uint32, vcpu int) (*Channel, error) {
	if vcpu != 0 {
		return nil, &Error{OpVIRQ(virq, vcpu), syscall.ENOTSUP}
	}
	return b.bind(OpVIRQ(virq, vcpu), ioctlVIRQ, virq)
}

func (b *linuxBus) IPI(vcpu int) (*Channel, error) {
	return nil, &Error{OpIPI(vcpu), syscall.ENOTSUP}
}

// linuxLine is a port bound to the process. The driver reports one event and
// then keeps the port quiet until the number is written back (rearm), which the
// next wait does: so a peer's storm is one event for each wait.
type linuxLine struct {
	bus    *linuxBus
	device *device
	port   Port
	signal Signal

	mu     sync.Mutex
	quiet  bool // reported, and not yet written back
	masked bool
	kept   bool // an event came while masked
}

func (l *linuxLine) Port() Port { return l.port }
func (l *linuxLine) Wake()      { l.signal.Wake() }

func (l *linuxLine) Notify() error {
	_, errno := l.device.ioctl(ioctlNotify, uint32(l.port))
	return refusal("notify", l.port, errno)
}

// arrive is called by the goroutine that reads the device.
func (l *linuxLine) arrive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quiet = true
	if l.masked {
		l.kept = true
		return
	}
	l.signal.Wake()
}

func (l *linuxLine) Wait(d time.Duration) error {
	if err := l.rearm(); err != nil {
		return err
	}
	return l.signal.Wait(d)
}

// rearm has the driver report events again, if there is still somebody to read
// what it reports.
func (l *linuxLine) rearm() error {
	if err := l.device.failed(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.quiet || l.masked {
		return nil
	}
	l.quiet = false
	return l.device.write(l.port)
}

func (l *linuxLine) Mask() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.masked = true
	return nil
}

func (l *linuxLine) Unmask() error {
	l.mu.Lock()
	l.masked = false
	if l.kept {
		l.kept = false
		l.signal.Wake()
	}
	l.mu.Unlock()
	return l.rearm()
}

func (l *linuxLine) Status() (Status, error) {
	s := abi.Evtchn_status{Dom: abi.DOMID_SELF, Port: uint32(l.port)}
	if err := l.device.status(&s); err != nil {
		return Status{}, err
	}
	return statusOf(&s), nil
}

func (l *linuxLine) BindVCPU(int) error    { return errors.ErrUnsupported }
func (l *linuxLine) SetPriority(int) error { return errors.ErrUnsupported }

func (l *linuxLine) Close() error {
	l.bus.mu.Lock()
	defer l.bus.mu.Unlock()
	_, errno := l.device.ioctl(ioctlUnbind, uint32(l.port))
	l.device.remove(l.port)
	return errors.Join(refusal("close", l.port, errno), l.bus.release())
}
