// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command earlyinit checks that a package whose initialization runs before any
// of domlet's finds a complete system: files, random bytes, timers, goroutines.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/domlet/domlet/lab/guests/earlyinit/first"
)

func main() {
	if err := check(); err != nil {
		fmt.Println("FAIL earlyinit:", err)
		os.Exit(1)
	}
	fmt.Println("ok earlyinit")
}

func check() error {
	var zero [16]byte
	for _, r := range []first.Result{first.FromFile, first.Random} {
		if r.Err != nil {
			return r.Err
		}
		if r.Bytes == zero {
			return fmt.Errorf("random bytes are all zero")
		}
	}
	if slept := <-first.Slept; slept < 20*time.Millisecond || slept > time.Minute {
		return fmt.Errorf("a sleep of 20 ms begun at initialization took %v", slept)
	}
	<-first.Fired
	return nil
}
