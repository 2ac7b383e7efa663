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

// ticker floods the console, beside a goroutine that ticks every 10 ms, until one
// write has waited for ARG ticks, at most for two minutes. It ends when the console
// flows again. In a domain only.
func ticker(arg string) error {
	want, err := number(arg, 25)
	if err != nil {
		return err
	}
	var ticks atomic.Int64
	go tick(&ticks)
	line := strings.Repeat("-", 127) + "\n"
	most := int64(0)
	for start := time.Now(); most < int64(want) || rt.ReadStats().Dropped > 0; {
		before := ticks.Load()
		fmt.Print(line)
		most = max(most, ticks.Load()-before)
		if time.Since(start) > 2*time.Minute {
			return fmt.Errorf("no write waited for more than %d ticks, want %d", most, want)
		}
	}
	fmt.Printf("a write waited for %d ticks\n", most)
	return nil
}

func tick(ticks *atomic.Int64) {
	for {
		time.Sleep(10 * time.Millisecond)
		ticks.Add(1)
	}
}

// lines prints one each millisecond until the kernel has dropped output, at most
// for ARG seconds. It ends when the reader has had twelve seconds to come back,
// and without another word. In a domain only.
func lines(arg string) error {
	seconds, err := number(arg, 10)
	if err != nil {
		return err
	}
	for start := time.Now(); time.Since(start) < time.Duration(seconds)*time.Second; {
		fmt.Println("a line of output that nobody may be there to read")
		if rt.ReadStats().Dropped > 0 {
			time.Sleep(12 * time.Second)
			os.Exit(0)
		}
		time.Sleep(time.Millisecond)
	}
	return errors.New("nothing was dropped")
}
