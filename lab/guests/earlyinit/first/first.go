// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package first does at package initialization what programs do there: it reads
// a file, asks for random bytes, starts a goroutine that sleeps, and sets a
// timer. Its import path sorts before that of domlet's runtime and it imports
// none of it, so that Go initializes it first.
package first

import (
	"crypto/rand"
	"io"
	"os"
	"time"
)

// What package initialization found.
var (
	FromFile = readFile()
	Random   = readRandom()
	Slept    = sleep(20 * time.Millisecond)
	Fired    = time.After(30 * time.Millisecond)
)

// Result is 16 bytes read, or why they could not be.
type Result struct {
	Bytes [16]byte
	Err   error
}

func readFile() (r Result) {
	f, err := os.Open("/dev/urandom")
	if err != nil {
		return Result{Err: err}
	}
	defer f.Close()
	_, r.Err = io.ReadFull(f, r.Bytes[:])
	return r
}

func readRandom() (r Result) {
	_, r.Err = rand.Read(r.Bytes[:])
	return r
}

// sleep starts a goroutine; how long it really slept comes on the channel.
func sleep(d time.Duration) <-chan time.Duration {
	c := make(chan time.Duration, 1)
	go func() {
		start := time.Now()
		time.Sleep(d)
		c <- time.Since(start)
	}()
	return c
}
