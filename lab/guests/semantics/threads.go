// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Goroutines bound to threads. In a domain and on Linux.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// lockedThreads passes a token round a ring of goroutines, each bound to a
// thread of its own, so that every step is a futex wake and a thread switch.
func lockedThreads(string) error {
	const members, rounds = 16, 200
	before := runtime.NumGoroutine()
	first := make(chan int)
	in := first
	for range members {
		out := make(chan int)
		go relay(in, out)
		in = out
	}
	token := 0
	for range rounds {
		first <- token
		token = <-in
	}
	close(first)
	if token != members*rounds {
		return fmt.Errorf("the token counted %d steps, want %d", token, members*rounds)
	}
	return settle(before)
}

func relay(in <-chan int, out chan<- int) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for token := range in {
		out <- token + 1
	}
	close(out)
}

// threadExit ends goroutines that are still bound to their threads: the runtime
// ends the thread with them.
func threadExit(string) error {
	before := runtime.NumGoroutine()
	for range 50 {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				runtime.LockOSThread()
				runtime.Gosched()
			})
		}
		wg.Wait()
	}
	return settle(before)
}

// threadTimers lets ten bound threads sleep at once.
func threadTimers(string) error {
	const asked = 20 * time.Millisecond
	errs := make([]error, 10)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			start := time.Now()
			time.Sleep(asked)
			if waited := time.Since(start); waited < asked || waited > time.Minute {
				errs[i] = fmt.Errorf("thread %d slept %v, want %v", i, waited, asked)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
