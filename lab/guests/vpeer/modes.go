// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What an end does once it is connected. On the main goroutine.

package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/domlet/domlet/xen/vchan"
)

var modes = map[string]func(c *vchan.Conn, count int) error{
	"send": send, "recv": recv, "push": push, "pull": pull, "ping": ping, "pong": pong, "call": call,
}

// portion is how many bytes one call writes or reads.
const portion = 65536

// stream is a sequence of pseudo-random bytes, the same at both ends: xorshift64*.
type stream uint64

func newStream() *stream {
	s := stream(0x9e3779b97f4a7c15)
	return &s
}

// fill takes the next bytes; len(p) is a multiple of 8.
func (s *stream) fill(p []byte) {
	x := uint64(*s)
	for i := 0; i < len(p); i += 8 {
		x ^= x >> 12
		x ^= x << 25
		x ^= x >> 27
		binary.LittleEndian.PutUint64(p[i:], x*2685821657736338717)
	}
	*s = stream(x)
}

// portions calls f with the sizes of the pieces that count bytes come in.
func portions(count int, f func(n int) error) error {
	for count > 0 {
		n := min(count, portion)
		if err := f(n); err != nil {
			return err
		}
		count -= n
	}
	return nil
}

func send(c *vchan.Conn, count int) error {
	s, buf := newStream(), make([]byte, portion)
	err := portions(count, func(n int) error {
		s.fill(buf)
		_, err := c.Write(buf[:n])
		return err
	})
	if err != nil {
		return err
	}
	return c.Drain()
}

func recv(c *vchan.Conn, count int) error {
	s, want, got, done := newStream(), make([]byte, portion), make([]byte, portion), 0
	return portions(count, func(n int) error {
		s.fill(want)
		if _, err := io.ReadFull(c, got[:n]); err != nil {
			return fmt.Errorf("after %d bytes: %w", done, err)
		}
		if !bytes.Equal(got[:n], want[:n]) {
			return fmt.Errorf("after %d bytes: others came than were sent", done)
		}
		done += n
		return nil
	})
}

func push(c *vchan.Conn, count int) error {
	buf := make([]byte, portion)
	begin := time.Now()
	err := portions(count, func(n int) error {
		_, err := c.Write(buf[:n])
		return err
	})
	if err != nil {
		return err
	}
	if _, err := io.ReadFull(c, buf[:1]); err != nil { // the partner has everything
		return err
	}
	fmt.Printf("throughput %.2f MiB/s\n", float64(count)/(1<<20)/time.Since(begin).Seconds())
	return nil
}

func pull(c *vchan.Conn, count int) error {
	buf := make([]byte, portion)
	for done := 0; done < count; {
		n, err := c.Read(buf)
		if err != nil {
			return err
		}
		done += n
	}
	if _, err := c.Write(buf[:1]); err != nil {
		return err
	}
	return untilGone(c)
}

// untilGone waits for the partner to leave.
func untilGone(c *vchan.Conn) error {
	if n, err := c.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return fmt.Errorf("after the end: %d bytes, %v", n, err)
	}
	return nil
}

// letter is what one half of a round trip carries, in bytes.
const letter = 64

func ping(c *vchan.Conn, count int) error {
	buf, took := make([]byte, letter), make([]time.Duration, count)
	for i := range took {
		begin := time.Now()
		if err := trip(c, buf, true); err != nil {
			return err
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took)
	fmt.Printf("round trip p50 %d ns\nround trip p99 %d ns\n", took[count/2], took[count*99/100])
	return nil
}

func pong(c *vchan.Conn, count int) error {
	buf := make([]byte, letter)
	for range count {
		if err := trip(c, buf, false); err != nil {
			return err
		}
	}
	return untilGone(c)
}

// trip is one round trip, seen from who begins it or from the other end.
func trip(c *vchan.Conn, buf []byte, begin bool) error {
	if begin {
		if _, err := c.Write(buf); err != nil {
			return err
		}
	}
	if _, err := io.ReadFull(c, buf); err != nil || begin {
		return err
	}
	_, err := c.Write(buf)
	return err
}
