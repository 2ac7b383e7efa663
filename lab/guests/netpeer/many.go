// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Many connections: at once, one after the other, to somebody who does not read.
// On goroutines.

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// many opens connections, and when all are open has each say something twice.
func many(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	open := make([]net.Conn, n)
	start := time.Now()
	for i := range open {
		if open[i], err = ask(args[0], kindEcho, 0); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
		defer open[i].Close()
	}
	fmt.Printf("open=%d ns=%d\n", n, time.Since(start).Nanoseconds())
	for round := range uint64(2) {
		results := make(chan error, n)
		for i, c := range open {
			go func() { results <- say(c, round<<32|uint64(i)) }()
		}
		for range open {
			err = errors.Join(err, <-results)
		}
	}
	return err
}

// say says a number, and wants it back.
func say(c net.Conn, v uint64) error {
	if _, err := c.Write(binary.BigEndian.AppendUint64(nil, v)); err != nil {
		return err
	}
	var back [8]byte
	_, err := io.ReadFull(c, back[:])
	if err == nil && binary.BigEndian.Uint64(back[:]) != v {
		err = fmt.Errorf("%x came back for %x", back, v)
	}
	return err
}

// connect opens connections one after the other, n at a time, each of which says
// something once.
func connect(args []string) error {
	n, d, err := countAndTime(args[1:])
	if err != nil {
		return err
	}
	var done atomic.Int64
	var callers sync.WaitGroup
	failed := make(chan error, n)
	start := time.Now()
	for range n {
		callers.Go(func() {
			var err error
			for err == nil && time.Since(start) < d {
				if err = call(args[0]); err == nil {
					done.Add(1)
				}
			}
			failed <- err
		})
	}
	callers.Wait()
	for range n {
		err = errors.Join(err, <-failed)
	}
	fmt.Printf("connections=%d ns=%d\n", done.Load(), time.Since(start).Nanoseconds())
	return err
}

// call is one of these connections.
func call(host string) error {
	c, err := ask(host, kindEcho, 0)
	if err != nil {
		return err
	}
	defer c.Close()
	return say(c, 42)
}

// hold opens n streams to somebody who does not read, and sends all that they take
// for a while.
func hold(args []string) error {
	n, d, err := countAndTime(args[1:])
	if err != nil {
		return err
	}
	var took atomic.Int64
	var callers sync.WaitGroup
	end := time.Now().Add(d)
	for range n {
		callers.Go(func() {
			c, err := ask(args[0], kindHold, int64(d))
			if err != nil {
				return // the other end may have no room for it
			}
			defer c.Close()
			c.SetWriteDeadline(end)
			for {
				k, err := c.Write(pattern[:period])
				if took.Add(int64(k)); err != nil {
					return
				}
			}
		})
	}
	callers.Wait()
	fmt.Printf("taken=%d\n", took.Load())
	return nil
}
