// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// System calls with arguments on a stack that moves. In a domain and on Linux.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// posixStack makes system calls whose arguments point into the caller's own
// stack, from fresh goroutines at every depth, while the collector moves stacks
// as often as it can. A kernel that kept such a pointer as a number would write
// into the stack's old place.
func posixStack(string) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var stop atomic.Bool
	go interfere(&stop)
	defer stop.Store(true)
	for _, call := range stackCalls() {
		if err := atEveryDepth(call.run); err != nil {
			return fmt.Errorf("%s: %w", call.name, err)
		}
	}
	return nil
}

// atEveryDepth runs f in new goroutines whose stacks are used up, before the
// call, in steps of about a hundred bytes.
func atEveryDepth(f func() error) error {
	const depths = 60
	errs := make([]error, depths)
	var wg sync.WaitGroup
	for depth := range depths {
		wg.Go(func() { errs[depth] = useStack(depth, f) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// useStack uses up stack in small frames, then calls f.
//
//go:noinline
func useStack(depth int, f func() error) error {
	var frame [4]uintptr
	frame[depth%4] = uintptr(depth)
	if depth == 0 {
		return f()
	}
	err := useStack(depth-1, f)
	if frame[depth%4] != uintptr(depth) {
		return fmt.Errorf("frame %d was overwritten", depth)
	}
	return err
}

type stackCall struct {
	name string
	run  func() error
}

// In the calls below unsafe makes an address of a variable that must stay on the
// caller's stack: package syscall's own wrappers would move it to the heap.
func stackCalls() []stackCall {
	return []stackCall{
		{"getrandom", callGetrandom}, {"clock_gettime", callClock},
		{"pipe2, write, read", callPipe}, {"uname", callUname},
		{"fstat", callFstat}, {"getcwd", callGetcwd}, {"nanosleep", callNanosleep},
	}
}

// failed turns an errno into an error.
func failed(errno syscall.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}

// callGetrandom passes an unsafe address of its stack.
func callGetrandom() error {
	var buf [32]byte
	n, _, errno := syscall.Syscall(318, uintptr(unsafe.Pointer(&buf)), unsafe.Sizeof(buf), 0)
	if errno == 0 && (n != 32 || buf == [32]byte{}) {
		return fmt.Errorf("%d bytes came, all of them zero: %v", n, buf == [32]byte{})
	}
	return failed(errno)
}

// callClock passes an unsafe address of its stack.
func callClock() error {
	var t syscall.Timespec
	_, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 0, uintptr(unsafe.Pointer(&t)), 0)
	if errno == 0 && t.Sec < 1_700_000_000 {
		return fmt.Errorf("the time is %d s", t.Sec)
	}
	return failed(errno)
}

// callPipe passes an unsafe address of its stack.
func callPipe() error {
	var fds [2]int32
	_, _, errno := syscall.Syscall(syscall.SYS_PIPE2, uintptr(unsafe.Pointer(&fds)), syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return errno
	}
	defer syscall.Close(int(fds[0]))
	defer syscall.Close(int(fds[1]))
	out, in := [16]byte{1, 2, 3, 15: 9}, [16]byte{}
	_, _, errno = syscall.Syscall(syscall.SYS_WRITE, uintptr(fds[1]), uintptr(unsafe.Pointer(&out)), 16)
	if errno != 0 {
		return errno
	}
	_, _, errno = syscall.Syscall(syscall.SYS_READ, uintptr(fds[0]), uintptr(unsafe.Pointer(&in)), 16)
	if errno == 0 && in != out {
		return fmt.Errorf("wrote %v, read %v", out, in)
	}
	return failed(errno)
}

// callUname passes an unsafe address of its stack.
func callUname() error {
	var u syscall.Utsname
	_, _, errno := syscall.Syscall(syscall.SYS_UNAME, uintptr(unsafe.Pointer(&u)), 0, 0)
	if errno == 0 && u.Machine[0] != 'x' {
		return fmt.Errorf("the machine's name begins with %d", u.Machine[0])
	}
	return failed(errno)
}

// callFstat passes an unsafe address of its stack.
func callFstat() error {
	var st syscall.Stat_t
	_, _, errno := syscall.Syscall(syscall.SYS_FSTAT, 1, uintptr(unsafe.Pointer(&st)), 0)
	if errno == 0 && st.Mode == 0 {
		return errors.New("standard output has no mode")
	}
	return failed(errno)
}

// callGetcwd passes an unsafe address of its stack.
func callGetcwd() error {
	var buf [4096]byte
	n, _, errno := syscall.Syscall(syscall.SYS_GETCWD, uintptr(unsafe.Pointer(&buf)), unsafe.Sizeof(buf), 0)
	if errno == 0 && (n < 2 || buf[0] != '/') {
		return fmt.Errorf("%d bytes came, the first is %d", n, buf[0])
	}
	return failed(errno)
}

// callNanosleep passes an unsafe address of its stack. On Linux the collector's
// signals may end the sleep early.
func callNanosleep() error {
	t := syscall.Timespec{Nsec: 1000}
	_, _, errno := syscall.Syscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0)
	if errno == syscall.EINTR {
		return nil
	}
	return failed(errno)
}
