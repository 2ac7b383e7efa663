// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// /dev/xen/evtchn, one for each channel. Any goroutine.

//go:build !domlet

package evtchn

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/domlet/domlet/xen/abi"
)

// The devices.
const (
	evtchnPath    = "/dev/xen/evtchn"
	privcmdPath   = "/dev/xen/privcmd"   // makes hypercalls
	hypercallPath = "/dev/xen/hypercall" // memory for their arguments
)

// Requests of xen/evtchn.h: _IOC(_IOC_NONE, 'E', number, bytes of the argument).
const (
	ioctlVIRQ        = 4<<16 | 'E'<<8 | 0
	ioctlInterdomain = 8<<16 | 'E'<<8 | 1
	ioctlUnbound     = 4<<16 | 'E'<<8 | 2
	ioctlNotify      = 4<<16 | 'E'<<8 | 4
)

// device is an open /dev/xen/evtchn with one port. The driver reports an event by
// the port's number, once, and keeps the port quiet until the number is written
// back.
type device struct {
	file *os.File
	raw  syscall.RawConn
}

func openDevice() (*device, error) {
	f, err := os.OpenFile(evtchnPath, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("evtchn: %w", err)
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &device{f, raw}, nil
}

// close closes the device, and so its port.
func (d *device) close() error { return d.file.Close() }

// ioctl makes a request whose argument is 32-bit words. It answers a port, or
// an error.
func (d *device) ioctl(request uintptr, args ...uint32) (port uintptr, errno syscall.Errno) {
	err := d.raw.Control(func(fd uintptr) { port, errno = ioctl(fd, request, args) })
	if err != nil {
		return 0, syscall.EBADF
	}
	return port, errno
}

// wait has the runtime's poller call try now, and whenever the driver has reported
// something, until it answers true or the time that limit was called with.
func (d *device) wait(try func(fd uintptr) bool) error { return d.raw.Read(try) }

// limit ends waits at a time; zero is never.
func (d *device) limit(t time.Time) error { return d.file.SetReadDeadline(t) }

// notify sends an event by the device's port.
func (d *device) notify(port Port) (errno syscall.Errno) {
	if d.raw.Control(func(fd uintptr) { errno = notify(fd, port) }) != nil {
		return syscall.EBADF
	}
	return errno
}

// xenStatus asks Xen itself: the driver does not know.
func xenStatus(s *abi.Evtchn_status) error {
	memory, err := mapDevice(hypercallPath)
	if err != nil {
		return err
	}
	defer syscall.Munmap(memory)
	f, err := os.OpenFile(privcmdPath, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("evtchn: status: %w", err)
	}
	defer f.Close()
	return refusal("ask for", Port(s.Port), statusCall(f.Fd(), memory, s))
}

// mapDevice returns a page of memory that a hypercall's argument may stand in.
func mapDevice(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("evtchn: status: %w", err)
	}
	defer f.Close()
	memory, err := syscall.Mmap(int(f.Fd()), 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("evtchn: status: mapping %s: %w", path, err)
	}
	return memory, nil
}
