// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Cases about connections. On goroutines.

package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// echo serves connections of l until it is closed: what comes goes back.
func echo(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}

// exchange sends data, half closes, and wants the same data back.
func exchange(c net.Conn, data []byte) error {
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(data)
		half := c.(interface{ CloseWrite() error })
		sent <- errors.Join(err, half.CloseWrite())
	}()
	back, err := io.ReadAll(c)
	if err = errors.Join(err, <-sent); err != nil {
		return err
	}
	if !bytes.Equal(back, data) {
		return fmt.Errorf("%d bytes went, %d others came back", len(data), len(back))
	}
	return nil
}

func streams() error {
	for _, network := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		l, err := net.Listen("tcp", network)
		if err != nil {
			return err
		}
		go echo(l)
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return err
		}
		data := make([]byte, 1<<20)
		rand.Read(data)
		if err := exchange(c, data); err != nil {
			return fmt.Errorf("%s: %w", network, err)
		}
		c.Close()
		l.Close()
	}
	return nil
}

// many has 500 connections at once.
func many() error {
	const connections = 500
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	go echo(l)
	open := make([]net.Conn, connections)
	for i := range open {
		if open[i], err = net.Dial("tcp", l.Addr().String()); err != nil {
			return fmt.Errorf("connection %d: %w", i, err)
		}
	}
	results := make(chan error, connections)
	for i, c := range open {
		go func() {
			defer c.Close()
			results <- exchange(c, fmt.Appendf(nil, "connection %d", i))
		}()
	}
	for range open {
		err = errors.Join(err, <-results)
	}
	return err
}

func deadlines() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	l.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := l.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("accept past its deadline: %v", err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("read past its deadline: %v", err)
	}
	c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	for chunk := make([]byte, 1<<20); err == nil; { // nobody reads
		_, err = c.Write(chunk)
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("write past its deadline: %v", err)
	}
	return nil
}

func refused() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := l.Addr().String()
	if _, err := net.Listen("tcp", address); !errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listening twice: %v", err)
	}
	l.Close()
	if _, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("dialing nobody: %v", err)
	}
	return nil
}
