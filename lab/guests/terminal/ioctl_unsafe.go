// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What golang.org/x/term does, in a few lines. In a domain and on Linux.

package main

import (
	"os"
	"syscall"
	"unsafe" // arguments of ioctl
)

func ioctl(f *os.File, request uintptr, arg unsafe.Pointer) error { // any structure
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(arg)); e != 0 {
		return e
	}
	return nil
}

// window is the size of a terminal; not ok: f is none.
func window(f *os.File) (columns, rows uint16, ok bool) {
	var t syscall.Termios
	if ioctl(f, syscall.TCGETS, unsafe.Pointer(&t)) != nil { // filled in
		return 0, 0, false
	}
	var size [4]uint16                                  // struct winsize
	ioctl(f, syscall.TIOCGWINSZ, unsafe.Pointer(&size)) // filled in
	return size[1], size[0], true
}

// raw takes the line discipline away and returns what was before.
func raw(f *os.File) (before syscall.Termios, err error) {
	if err := ioctl(f, syscall.TCGETS, unsafe.Pointer(&before)); err != nil { // filled in
		return before, err
	}
	t := before
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cc[syscall.VMIN], t.Cc[syscall.VTIME] = 1, 0
	return before, set(f, t)
}

func set(f *os.File, t syscall.Termios) error {
	return ioctl(f, syscall.TCSETS, unsafe.Pointer(&t)) // read
}
