// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Goroutines, channels, select and locks. In a domain and on Linux.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// goroutines starts 10 000 and adds up what they computed.
func goroutines(string) error {
	const n = 10_000
	before := runtime.NumGoroutine()
	var sum atomic.Int64
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			runtime.Gosched()
			sum.Add(int64(i))
		})
	}
	wg.Wait()
	if got, want := sum.Load(), int64(n*(n-1)/2); got != want {
		return fmt.Errorf("sum of results is %d, want %d", got, want)
	}
	return settle(before)
}

// settle waits until no more than n goroutines are left.
func settle(n int) error {
	for range 60_000 {
		if runtime.NumGoroutine() <= n {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("%d goroutines are left, want at most %d", runtime.NumGoroutine(), n)
}

// channels checks order and closing for several capacities.
func channels(string) error {
	for _, capacity := range []int{0, 1, 7, 128} {
		if err := transfer(capacity, 5000); err != nil {
			return fmt.Errorf("capacity %d: %w", capacity, err)
		}
	}
	return nil
}

func transfer(capacity, n int) error {
	c := make(chan int, capacity)
	go func() {
		defer close(c)
		for i := range n {
			c <- i
		}
	}()
	next := 0
	for v := range c {
		if v != next {
			return fmt.Errorf("received %d, want %d", v, next)
		}
		next++
	}
	if _, open := <-c; open || next != n {
		return fmt.Errorf("received %d values, want %d, then the end", next, n)
	}
	return nil
}

// selects checks that a select picks ready cases only, and all of them.
func selects(string) error {
	if err := selectFair(); err != nil {
		return err
	}
	var never chan int
	select {
	case <-never:
		return errors.New("a nil channel was ready")
	default:
	}
	start := time.Now()
	select {
	case <-never:
	case <-time.After(20 * time.Millisecond):
	}
	if waited := time.Since(start); waited < 20*time.Millisecond {
		return fmt.Errorf("the time-out of 20 ms came after %v", waited)
	}
	return nil
}

func selectFair() error {
	a, b := make(chan int, 1000), make(chan int, 1000)
	for i := range 1000 {
		a <- i
		b <- i
	}
	var fromA, fromB int
	for range 1000 {
		select {
		case <-a:
			fromA++
		case <-b:
			fromB++
		}
	}
	if fromA < 300 || fromB < 300 {
		return fmt.Errorf("of 1000 choices %d and %d went to two ready channels", fromA, fromB)
	}
	return nil
}

// locks lets 8 goroutines fight for one counter under each kind of lock.
func locks(string) error {
	var mu sync.Mutex
	var rw sync.RWMutex
	if err := contend(&mu); err != nil {
		return fmt.Errorf("mutex: %w", err)
	}
	if err := contend(&rw); err != nil {
		return fmt.Errorf("read-write mutex: %w", err)
	}
	return conditions()
}

func contend(l sync.Locker) error {
	const workers, rounds = 8, 2000
	counter := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				l.Lock()
				counter++
				l.Unlock()
			}
		})
	}
	wg.Wait()
	if counter != workers*rounds {
		return fmt.Errorf("counted %d, want %d", counter, workers*rounds)
	}
	return nil
}

// conditions checks that Broadcast wakes every waiter and Once runs once.
func conditions() error {
	var mu sync.Mutex
	var once sync.Once
	var runs, woken atomic.Int32
	cond := sync.NewCond(&mu)
	open := false
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			once.Do(func() { runs.Add(1) })
			mu.Lock()
			for !open {
				cond.Wait()
			}
			mu.Unlock()
			woken.Add(1)
		})
	}
	time.Sleep(time.Millisecond)
	mu.Lock()
	open = true
	cond.Broadcast()
	mu.Unlock()
	wg.Wait()
	if runs.Load() != 1 || woken.Load() != 100 {
		return fmt.Errorf("once ran %d times, %d of 100 waiters woke", runs.Load(), woken.Load())
	}
	return nil
}

// sieve finds primes with one goroutine for each prime found so far.
func sieve(string) error {
	in := count()
	prime := 0
	for range 200 {
		prime = <-in
		in = filter(in, prime)
	}
	if prime != 1223 {
		return fmt.Errorf("the 200th prime is %d, want 1223", prime)
	}
	return nil
}

func count() <-chan int {
	out := make(chan int)
	go func() {
		for i := 2; ; i++ {
			out <- i
		}
	}()
	return out
}

func filter(in <-chan int, prime int) <-chan int {
	out := make(chan int)
	go func() {
		for {
			if i := <-in; i%prime != 0 {
				out <- i
			}
		}
	}()
	return out
}
