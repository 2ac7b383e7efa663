// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Bytes that lie on goroutines' stacks, which grow while sockets use them. On
// goroutines.

package main

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"syscall"
)

// stacks has goroutines send from their stacks and receive into them, each time
// deeper in, over a connection of TCP.
func stacks() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	go echo(l)
	const goroutines = 8
	results := make(chan error, goroutines)
	for range goroutines {
		go func() { results <- onStack(l.Addr().String()) }()
	}
	for range goroutines {
		err = errors.Join(err, <-results)
	}
	return err
}

// onStack has one connection and a stack that begins small.
func onStack(address string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return err
	}
	failed := raw.Control(func(fd uintptr) { err = deeper(int(fd), 60) })
	return errors.Join(failed, err)
}

// deeper sends and receives at each of so many levels. Package syscall lets its
// buffers stay on the stack.
func deeper(fd, levels int) error {
	if levels == 0 {
		return nil
	}
	var out, back [700]byte
	for i := range out {
		out[i] = byte(i * levels)
	}
	if err := move(fd, out[:], true); err != nil {
		return err
	}
	if err := move(fd, back[:], false); err != nil {
		return err
	}
	if out != back {
		return fmt.Errorf("level %d: other bytes came back", levels)
	}
	return deeper(fd, levels-1)
}

// move writes or reads all of b. No call goes by a variable: b would be in the heap.
func move(fd int, b []byte, write bool) error {
	for len(b) > 0 {
		var n int
		var err error
		if write {
			n, err = syscall.Write(fd, b)
		} else {
			n, err = syscall.Read(fd, b)
		}
		switch {
		case err == syscall.EAGAIN:
			runtime.Gosched()
		case err != nil:
			return err
		case n == 0:
			return errors.New("the connection has ended")
		default:
			b = b[n:]
		}
	}
	return nil
}
