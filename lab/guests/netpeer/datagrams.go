// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Datagrams, as many as go. On goroutines.

package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// datagrams makes a command of one that sends them, or has the server send.
func datagrams(run func(host string, size int, d time.Duration) error) func(args []string) error {
	return func(args []string) error {
		size, d, err := countAndTime(args[1:])
		if err != nil {
			return err
		}
		return run(args[0], size, d)
	}
}

// pour sends datagrams for a while.
func pour(host string, size int, d time.Duration) (sent int64, err error) {
	c, err := net.Dial("udp", host)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	b := make([]byte, size)
	for end := time.Now().Add(d); ; sent++ {
		if sent%16 == 0 && time.Now().After(end) {
			return sent, nil
		}
		if _, err := c.Write(b); err != nil {
			return sent, err
		}
	}
}

// number asks the server for one.
func number(host string, kind byte, n int64) (int64, error) {
	c, err := ask(host, kind, n)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var b [8]byte
	_, err = io.ReadFull(c, b[:])
	return int64(binary.BigEndian.Uint64(b[:])), err
}

// settle is how long the last datagrams may be under way.
const settle = time.Second

func datagramsUp(host string, size int, d time.Duration) error {
	if _, err := number(host, kindCount, 0); err != nil {
		return err
	}
	start := time.Now()
	sent, err := pour(net.JoinHostPort(host, datagramPort), size, d)
	if err != nil {
		return err
	}
	took := time.Since(start)
	time.Sleep(settle)
	came, err := number(host, kindCount, 0)
	fmt.Printf("sent=%d received=%d ns=%d\n", sent, came, took.Nanoseconds())
	return err
}

func datagramsDown(host string, size int, d time.Duration) error {
	at, err := net.ResolveUDPAddr("udp", ":"+datagramPort)
	if err != nil {
		return err
	}
	c, err := net.ListenUDP("udp", at)
	if err != nil {
		return err
	}
	defer c.Close()
	var came atomic.Int64
	go func() {
		b := make([]byte, 2048)
		for {
			if _, _, err := c.ReadFromUDPAddrPort(b); err != nil {
				return
			}
			came.Add(1)
		}
	}()
	start := time.Now()
	sent, err := number(host, kindSend, int64(size)<<32|d.Milliseconds())
	took := time.Since(start)
	time.Sleep(settle)
	fmt.Printf("sent=%d received=%d ns=%d\n", sent, came.Load(), took.Nanoseconds())
	return err
}
