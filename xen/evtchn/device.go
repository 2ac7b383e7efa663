// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// /dev/xen/evtchn, and the goroutine that reads it. Any goroutine.

//go:build !domlet

package evtchn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

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
	ioctlUnbind      = 4<<16 | 'E'<<8 | 3
	ioctlNotify      = 4<<16 | 'E'<<8 | 4
	ioctlReset       = 0<<16 | 'E'<<8 | 5
)

// device is an open /dev/xen/evtchn. Reads go through the runtime's poller, so
// closing it ends the one that is under way.
type device struct {
	file *os.File
	raw  syscall.RawConn
	done chan struct{} // closed when the reader has ended

	mu    sync.Mutex
	lines map[Port]*linuxLine
	err   error // why the reader stopped before its time
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
	d := &device{file: f, raw: raw, done: make(chan struct{}), lines: map[Port]*linuxLine{}}
	go d.read()
	return d, nil
}

// close closes the device and waits until its goroutine has ended.
func (d *device) close() error {
	err := d.file.Close()
	<-d.done
	return err
}

func (d *device) users() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.lines)
}

// bind makes a request that answers a port. The lock is held all the while: the
// port's first event may be read before the request has returned, and must find
// the port's line.
func (d *device) bind(b *linuxBus, request uintptr, args []uint32) (*linuxLine, syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, errno := d.ioctl(request, args...)
	if errno != 0 {
		return nil, errno
	}
	l := &linuxLine{bus: b, device: d, port: Port(n), signal: NewSignal()}
	d.lines[l.port] = l
	return l, 0
}

func (d *device) remove(port Port) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.lines, port)
}

// ioctl makes a request whose argument is 32-bit words. It answers a port, or
// an error.
func (d *device) ioctl(request uintptr, args ...uint32) (port uintptr, errno syscall.Errno) {
	err := d.raw.Control(func(fd uintptr) { port, errno = ioctl(fd, request, args) })
	if err != nil {
		return 0, syscall.EBADF
	}
	return port, errno
}

// write has the driver report a port's events again.
func (d *device) write(port Port) error {
	_, err := d.file.Write(binary.NativeEndian.AppendUint32(nil, uint32(port)))
	return err
}

// failed returns why no event will come any more, if that is so.
func (d *device) failed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
}

// read hands out what the driver reports until the device is closed. Each
// report is a port's number.
func (d *device) read() {
	defer close(d.done)
	buf := make([]byte, 4*256)
	for {
		n, err := d.file.Read(buf)
		for p := buf[:n]; len(p) >= 4; p = p[4:] {
			d.arrive(Port(binary.NativeEndian.Uint32(p)))
		}
		if errors.Is(err, syscall.EFBIG) {
			err = d.reset()
		}
		if err != nil {
			d.stop(err)
			return
		}
	}
}

// arrive hands on an event. Its port may just have been closed.
func (d *device) arrive(port Port) {
	d.mu.Lock()
	l := d.lines[port]
	d.mu.Unlock()
	if l != nil {
		l.arrive()
	}
}

// reset goes on after the driver's buffer ran over: any port may have had an
// event.
func (d *device) reset() error {
	if _, errno := d.ioctl(ioctlReset); errno != 0 {
		return errno
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.lines {
		l.arrive()
	}
	return nil
}

// stop ends the waits after an error. At the end of the device there are none.
func (d *device) stop(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = fmt.Errorf("evtchn: %w", err)
	for _, l := range d.lines {
		l.signal.Wake()
	}
}

// status asks Xen itself: the driver does not know.
func (d *device) status(s *abi.Evtchn_status) error {
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
