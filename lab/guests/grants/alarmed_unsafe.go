// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Mapping while signals come. In dom0.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"unsafe" // the timer's setting

	"github.com/domlet/domlet/xen/xentest/granttest"
)

// alarmed starts processes that map, one after the other: only the first mapping of a
// process is given up for a signal.
func alarmed(number string) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	for range n {
		if out, err := exec.Command(os.Args[0], "alarm").CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
	}
	fmt.Println("ok alarmed=" + number)
	return nil
}

// The kernel sends the timer's signals to a process's first thread if it can. The
// goroutine that maps stays there.
func init() {
	if len(os.Args) > 1 && os.Args[1] == "alarm" {
		runtime.LockOSThread()
	}
}

// alarm maps a page while a timer interrupts the process all the time.
func alarm(end granttest.End) error {
	s, err := end.Table.Share(end.ID, 1, false)
	if err != nil {
		return err
	}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGALRM)
	every := [2]syscall.Timeval{{Usec: 50}, {Usec: 50}}                                                              // struct itimerval
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SETITIMER, 0, uintptr(unsafe.Pointer(&every)), 0); errno != 0 { // read
		return errno
	}
	m, err := end.Table.Map(end.ID, s.Refs(), false)
	if err != nil {
		return err
	}
	if err := m.Close(); err != nil {
		return err
	}
	return s.Close()
}
