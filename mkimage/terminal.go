// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The user's standard input, on its way to a domain. Runs on the host and, with
// what the host sends, in dom0.

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// keyboard is standard input.
type keyboard struct {
	from io.Reader
	fd   int // of the terminal, which is to be made raw; negative: there is none
}

// findTerminal looks at standard input and output. Where both are a terminal, the
// domain's console is to be one, of the same size. From a terminal that belongs to
// another job nothing is read: the first byte would stop this one.
func findTerminal(guest *guestFlags) *keyboard {
	in, out := int(os.Stdin.Fd()), int(os.Stdout.Fd())
	switch group, err := unix.IoctlGetInt(in, unix.TIOCGPGRP); {
	case !term.IsTerminal(in):
		return &keyboard{os.Stdin, -1}
	case err != nil || group != unix.Getpgrp():
		return &keyboard{nil, -1}
	case !term.IsTerminal(out):
		return &keyboard{os.Stdin, -1}
	}
	columns, rows, err := term.GetSize(out)
	if err != nil {
		columns, rows = 0, 0
	}
	guest.window = fmt.Sprintf("%dx%d", columns, rows)
	return &keyboard{os.Stdin, in}
}

// open returns what the domain is to read, nil for nothing, with the terminal raw
// until restore is called: what keys mean is the domain's matter then, but for
// Ctrl-C.
func (k *keyboard) open(stop stop) (stdin io.Reader, restore func(), err error) {
	if k.fd < 0 {
		return k.from, func() {}, nil
	}
	old, err := term.MakeRaw(k.fd)
	if err != nil {
		return nil, nil, err
	}
	return &typed{k.from, stop.keys}, func() { term.Restore(k.fd, old) }, nil
}

// typed is what is typed on a raw terminal, but for Ctrl-C, which is a signal.
type typed struct {
	from io.Reader
	keys chan<- os.Signal
}

// Read takes the interrupts out. A read of nothing else comes back empty.
func (t *typed) Read(p []byte) (int, error) {
	const interrupt = "\x03"
	n, err := t.from.Read(p)
	for range bytes.Count(p[:n], []byte(interrupt)) {
		select {
		case t.keys <- syscall.SIGINT:
		default: // two are waiting, and that is enough
		}
	}
	return copy(p, bytes.ReplaceAll(p[:n], []byte(interrupt), nil)), err
}
