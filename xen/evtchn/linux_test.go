// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Waits of a Linux process, with a driver of our own behind a socket. Host.

//go:build !domlet

package evtchn

import (
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// driver is the kernel's end: what it writes is a report, what it reads was written
// back.
type driver struct {
	t    *testing.T
	file *os.File
}

// theirPort is the port of all these tests.
const theirPort = 7

// newLine returns a line, and its driver.
func newLine(t *testing.T) (*linuxLine, driver) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "device"), os.NewFile(uintptr(fds[1]), "driver")
	raw, err := ours.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	l := newLinuxLine(&device{ours, raw}, theirPort)
	t.Cleanup(func() {
		theirs.Close() // unless a test has
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, driver{t, theirs}
}

// report reports an event.
func (d driver) report() {
	if _, err := d.file.Write(binary.NativeEndian.AppendUint32(nil, theirPort)); err != nil {
		d.t.Error(err)
	}
}

// rearmed waits until the port is written back.
func (d driver) rearmed() error {
	var buf [8]byte
	n, err := d.file.Read(buf[:])
	if err == nil && (n != 4 || binary.NativeEndian.Uint32(buf[:]) != theirPort) {
		err = errors.New("something else than the port was written back")
	}
	return err
}

// mustWait wants a wait to end without an error.
func mustWait(t *testing.T, l *linuxLine) {
	t.Helper()
	if err := l.Wait(time.Minute); err != nil {
		t.Fatal(err)
	}
}

// mustPass wants a wait to end by its time.
func mustPass(t *testing.T, l *linuxLine) {
	t.Helper()
	if err := l.Wait(time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a wait without an event ended with %v", err)
	}
}

func TestEventBeforeWait(t *testing.T) {
	l, d := newLine(t)
	d.report()
	mustWait(t, l)
	mustPass(t, l)
	if err := d.rearmed(); err != nil {
		t.Fatal(err)
	}
	d.report()
	mustWait(t, l)
}

// A port is written back once for each report, and not before somebody waits.
func TestWrittenBackOnce(t *testing.T) {
	l, d := newLine(t)
	d.report()
	mustWait(t, l)
	d.file.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if err := d.rearmed(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("written back before the next wait: %v", err)
	}
	d.file.SetReadDeadline(time.Time{})
	mustPass(t, l)
	if err := d.rearmed(); err != nil {
		t.Fatal(err)
	}
	mustPass(t, l)
	d.file.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if err := d.rearmed(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("written back twice: %v", err)
	}
}

func TestMaskedReportStays(t *testing.T) {
	l, d := newLine(t)
	if err := l.Mask(); err != nil {
		t.Fatal(err)
	}
	d.report()
	mustPass(t, l)
	time.AfterFunc(5*time.Millisecond, func() { l.Unmask() })
	mustWait(t, l)
	l.Mask()
	mustPass(t, l) // and leaves the port quiet
	l.Unmask()
	mustPass(t, l)
	if err := d.rearmed(); err != nil {
		t.Fatal(err)
	}
}

func TestWakeIsKept(t *testing.T) {
	l, _ := newLine(t)
	l.Wake()
	mustWait(t, l)
	mustPass(t, l)
	time.AfterFunc(5*time.Millisecond, l.Wake)
	if err := l.Wait(0); err != nil {
		t.Fatal(err)
	}
	mustPass(t, l)
}

// Waits that end for every other reason lose no event: the driver reports the next
// when the port is written back.
func TestNoEventIsLost(t *testing.T) {
	l, d := newLine(t)
	var served atomic.Bool
	var others sync.WaitGroup
	defer others.Wait()
	others.Go(func() {
		defer served.Store(true)
		for range 2000 {
			d.report()
			if err := d.rearmed(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	others.Go(func() {
		for !served.Load() {
			l.Wake()
			l.Mask()
			l.Unmask()
			time.Sleep(50 * time.Microsecond)
		}
	})
	for !served.Load() {
		if err := l.Wait(20 * time.Microsecond); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
	}
}

func TestClosedDevice(t *testing.T) {
	l, d := newLine(t)
	if err := d.file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Wait(time.Minute); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a wait at a device without a driver ended with %v", err)
	}
}
