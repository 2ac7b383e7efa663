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

// Local returns the event channels of this process. Each is an open file.
func Local() (Bus, error) {
	f, err := os.OpenFile(evtchnPath, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("evtchn: %w: run in a Xen domain, with the module xen-evtchn loaded, as root", err)
	}
	return linuxBus{}, f.Close()
}

// linuxBus makes channels of devices.
type linuxBus struct{}

// bind opens a channel by a request that answers a port.
func bind(op string, request uintptr, args ...uint32) (*Channel, error) {
	d, err := openDevice()
	if err != nil {
		return nil, err
	}
	n, errno := d.ioctl(request, args...)
	if errno != 0 {
		return nil, errors.Join(&Error{op, errno}, d.close())
	}
	return NewChannel(newLinuxLine(d, Port(n))), nil
}

func (linuxBus) Unbound(peer abi.Domid_t) (*Channel, error) {
	return bind(OpUnbound(peer), ioctlUnbound, uint32(peer))
}

func (linuxBus) Interdomain(peer abi.Domid_t, port Port) (*Channel, error) {
	return bind(OpInterdomain(peer, port), ioctlInterdomain, uint32(peer), uint32(port))
}

// VIRQ knows the first vCPU only, and the virtual interrupts that the kernel has
// left free.
func (linuxBus) VIRQ(virq uint32, vcpu int) (*Channel, error) {
	if vcpu != 0 {
		return nil, &Error{OpVIRQ(virq, vcpu), syscall.ENOTSUP}
	}
	return bind(OpVIRQ(virq, vcpu), ioctlVIRQ, virq)
}

func (linuxBus) IPI(vcpu int) (*Channel, error) {
	return nil, &Error{OpIPI(vcpu), syscall.ENOTSUP}
}

// linuxLine is a port bound to the process. Who waits for it reads the device
// itself: no goroutine stands between an event and its receiver. An event that
// was reported is followed by no other until the next wait, so a peer's storm
// is one event for each wait.
type linuxLine struct {
	device *device
	port   Port
	try    func(fd uintptr) bool // attempt

	// Of the goroutine that waits.
	quiet  bool  // an event was reported, and not yet written back
	failed error // of the device: no event will come any more

	mu      sync.Mutex
	masked  bool
	woken   bool // the present wait ends, or the next
	waiting bool // or about to
	limited bool // the device's wait has a limit
}

func newLinuxLine(d *device, port Port) *linuxLine {
	l := &linuxLine{device: d, port: port}
	l.try = l.attempt
	return l
}

func (l *linuxLine) Port() Port { return l.port }

func (l *linuxLine) Notify() error {
	return refusal("notify", l.port, l.device.notify(l.port))
}

func (l *linuxLine) Wait(d time.Duration) error {
	var end time.Time
	if d != 0 {
		end = time.Now().Add(d)
	}
	for l.failed == nil {
		if over, err := l.begin(end); over {
			return err
		}
		err := l.device.wait(l.try)
		l.end()
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("evtchn: %w", err)
		}
	}
	if l.failed != nil {
		return fmt.Errorf("evtchn: port %d: %s: %w", l.port, evtchnPath, l.failed)
	}
	return nil
}

// begin readies the device for a wait, unless there is a reason for none.
func (l *linuxLine) begin(end time.Time) (over bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.woken {
		l.woken = false
		return true, nil
	}
	if !end.IsZero() && !time.Now().Before(end) {
		return true, os.ErrDeadlineExceeded
	}
	if l.limited || !end.IsZero() {
		err = l.device.limit(end)
		l.limited = !end.IsZero()
	}
	l.waiting = err == nil
	return err != nil, err
}

func (l *linuxLine) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = false
}

// attempt reports whether the wait is over: there was an event. The poller calls
// it first when it has begun to listen to the device, so the port can be written
// back here without a look whether it is reported again at once.
func (l *linuxLine) attempt(fd uintptr) bool {
	l.mu.Lock()
	masked := l.masked
	l.mu.Unlock()
	switch {
	case masked:
		return false
	case l.quiet:
		l.failed = rearm(fd, l.port)
		l.quiet = false
		return l.failed != nil
	}
	l.quiet, l.failed = report(fd)
	return l.quiet || l.failed != nil
}

func (l *linuxLine) Wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.woken = true
	l.interrupt()
}

// interrupt has the present wait begin again. mu is held.
func (l *linuxLine) interrupt() {
	if l.waiting {
		l.limited = l.device.limit(time.Unix(1, 0)) == nil // long past
	}
}

// Mask leaves what the driver reports where it is.
func (l *linuxLine) Mask() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.masked = true
	return nil
}

func (l *linuxLine) Unmask() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.masked = false
	l.interrupt()
	return nil
}

func (l *linuxLine) Status() (Status, error) {
	s := abi.Evtchn_status{Dom: abi.DOMID_SELF, Port: uint32(l.port)}
	if err := xenStatus(&s); err != nil {
		return Status{}, err
	}
	return statusOf(&s), nil
}

func (l *linuxLine) BindVCPU(int) error    { return errors.ErrUnsupported }
func (l *linuxLine) SetPriority(int) error { return errors.ErrUnsupported }

func (l *linuxLine) Close() error { return l.device.close() }
