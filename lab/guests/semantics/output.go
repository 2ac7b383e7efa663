// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Much output. In a domain and on Linux.

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/rt"
)

// flood writes numbered lines of 64 bytes, ARG bytes in all, so that whoever
// reads them can tell a missing line from a damaged one.
func flood(arg string) error {
	size, err := number(arg, 1<<20)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(os.Stdout, 32<<10)
	for line := range size / 64 {
		fmt.Fprintf(out, "%010d %s\n", line, strings.Repeat(string(rune('a'+line%26)), 52))
	}
	return out.Flush()
}

// ticker floods the console for a while, beside a goroutine that ticks every
// 10 ms, and prints how often it ticked and its longest pause.
func ticker(arg string) error {
	seconds, err := number(arg, 3)
	if err != nil {
		return err
	}
	var stop atomic.Bool
	done := make(chan string)
	go func() { done <- tick(&stop) }()
	line := strings.Repeat("-", 127) + "\n"
	for start := time.Now(); time.Since(start) < time.Duration(seconds)*time.Second; {
		fmt.Print(line)
	}
	stop.Store(true)
	fmt.Println(<-done)
	return nil
}

// lines prints one each millisecond until the kernel has dropped output, at most
// for ARG seconds. It ends when the reader has had eight seconds to come back,
// and without another word. In a domain only.
func lines(arg string) error {
	seconds, err := number(arg, 10)
	if err != nil {
		return err
	}
	for start := time.Now(); time.Since(start) < time.Duration(seconds)*time.Second; {
		fmt.Println("a line of output that nobody may be there to read")
		if rt.ReadStats().Dropped > 0 {
			time.Sleep(8 * time.Second)
			os.Exit(0)
		}
		time.Sleep(time.Millisecond)
	}
	return errors.New("nothing was dropped")
}

func tick(stop *atomic.Bool) string {
	var ticks int
	var longest time.Duration
	last := time.Now()
	for !stop.Load() {
		time.Sleep(10 * time.Millisecond)
		now := time.Now()
		longest = max(longest, now.Sub(last))
		last = now
		ticks++
	}
	return fmt.Sprintf("ticks=%d longest_ms=%d", ticks, longest.Milliseconds())
}
