// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pipes and devices. In a domain and on Linux.

package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// absentMemory hands the console memory that is reserved and not there: an error
// at once, and nothing dropped.
func absentMemory(string) error {
	memory, err := syscall.Mmap(-1, 0, 1<<20, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return err
	}
	defer syscall.Munmap(memory)
	start := time.Now()
	for range 10 {
		if n, err := syscall.Write(1, memory[:100]); err != syscall.EFAULT {
			return fmt.Errorf("a write answered %d and %v, want EFAULT", n, err)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		return fmt.Errorf("ten refused writes took %v", took)
	}
	return nil
}

// pipes sends 256 KiB through each of eight pipes at once.
func pipes(string) error {
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = pipeTransfer(byte(i), mebibyte/4) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func pipeTransfer(seed byte, size int) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	data := make([]byte, size)
	for i := range data {
		data[i] = seed + byte(i*i)
	}
	go func() {
		w.Write(data)
		w.Close()
	}()
	got, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if sha256.Sum256(got) != sha256.Sum256(data) {
		return fmt.Errorf("%d bytes arrived damaged (%d sent)", len(got), len(data))
	}
	return nil
}

// pipeDeadlines checks the three things that must wake a reader: a deadline, a
// deadline moved forward meanwhile, and Close.
func pipeDeadlines(string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer w.Close()
	start := time.Now()
	r.SetReadDeadline(start.Add(30 * time.Millisecond))
	if err := wantReadError(r, os.ErrDeadlineExceeded, start, 30*time.Millisecond); err != nil {
		return err
	}
	start = time.Now()
	r.SetReadDeadline(start.Add(time.Hour))
	time.AfterFunc(30*time.Millisecond, func() { r.SetReadDeadline(time.Now()) })
	if err := wantReadError(r, os.ErrDeadlineExceeded, start, 30*time.Millisecond); err != nil {
		return err
	}
	r.SetReadDeadline(time.Time{})
	start = time.Now()
	time.AfterFunc(30*time.Millisecond, func() { r.Close() })
	return wantReadError(r, os.ErrClosed, start, 30*time.Millisecond)
}

func wantReadError(r *os.File, want error, start time.Time, least time.Duration) error {
	_, err := r.Read(make([]byte, 1))
	if !errors.Is(err, want) {
		return fmt.Errorf("read ended with %v, want %v", err, want)
	}
	if waited := time.Since(start); waited < least || waited > time.Minute {
		return fmt.Errorf("read ended after %v, want %v", waited, least)
	}
	return nil
}

// pipeStorm plays ping-pong over two pipes; each read has a deadline that only
// a lost wake-up can reach.
func pipeStorm(arg string) error {
	n, err := number(arg, 2000)
	if err != nil {
		return err
	}
	hereR, thereW, err := os.Pipe()
	if err != nil {
		return err
	}
	thereR, hereW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer hereW.Close()
	go func() {
		defer thereW.Close()
		io.Copy(thereW, thereR)
	}()
	return pingPong(hereR, hereW, n)
}

func pingPong(r, w *os.File, n int) error {
	var out, in [8]byte
	for i := range n {
		out[0], out[1] = byte(i), byte(i>>8)
		if _, err := w.Write(out[:]); err != nil {
			return err
		}
		r.SetReadDeadline(time.Now().Add(lostAfter))
		if _, err := io.ReadFull(r, in[:]); err != nil {
			return fmt.Errorf("round %d of %d: %w", i, n, err)
		}
		if in != out {
			return fmt.Errorf("round %d of %d: sent %v, got %v", i, n, out, in)
		}
	}
	return nil
}

// devices opens what every program may expect below /dev.
func devices(string) error {
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	if n, err := null.Write(make([]byte, 100)); n != 100 || err != nil {
		return fmt.Errorf("write to /dev/null: %d, %v", n, err)
	}
	if n, err := null.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return fmt.Errorf("read from /dev/null: %d, %v", n, err)
	}
	return readDevices()
}

func readDevices() error {
	buf := make([]byte, 64)
	for _, name := range []string{"/dev/zero", "/dev/urandom"} {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		_, err = io.ReadFull(f, buf)
		f.Close()
		if err != nil {
			return err
		}
		if isZero := bytes.Count(buf, []byte{0}) == len(buf); isZero != (name == "/dev/zero") {
			return fmt.Errorf("%s gave %x", name, buf)
		}
	}
	return nil
}
