// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Timers, and wake-ups that must not be lost. In a domain and on Linux.

package main

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// timers checks order, Stop, Reset and tickers, and that nothing fires early.
func timers(string) error {
	for _, check := range []func() error{timerOrder, timerStop, timerReset, tickers} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func timerOrder() error {
	const n = 50
	fired := make(chan int, n)
	start := time.Now()
	for i := n - 1; i >= 0; i-- {
		time.AfterFunc(time.Duration(20+2*i)*time.Millisecond, func() {
			if time.Since(start) < time.Duration(20+2*i)*time.Millisecond {
				i = -1
			}
			fired <- i
		})
	}
	seen := make([]bool, n)
	for range n {
		i := <-fired
		if i < 0 {
			return fmt.Errorf("a timer fired early")
		}
		seen[i] = true
	}
	if slices.Contains(seen, false) {
		return fmt.Errorf("a timer fired twice: %v", seen)
	}
	return nil
}

// timerStop stops a timer before its time. On a busy machine Stop may come too
// late, and rightly say so; then the timer gets twice the time.
func timerStop() error {
	for d := 20 * time.Millisecond; ; d *= 2 {
		var fired atomic.Bool
		start := time.Now()
		t := time.AfterFunc(d, func() { fired.Store(true) })
		if t.Stop() {
			time.Sleep(2 * d)
			if fired.Load() {
				return fmt.Errorf("a stopped timer of %v fired", d)
			}
			return nil
		}
		if waited := time.Since(start); waited < d {
			return fmt.Errorf("a timer of %v had fired after %v", d, waited)
		}
	}
}

func timerReset() error {
	start := time.Now()
	t := time.NewTimer(time.Hour)
	t.Reset(15 * time.Millisecond)
	<-t.C
	if waited := time.Since(start); waited < 15*time.Millisecond || waited > time.Minute {
		return fmt.Errorf("a timer reset to 15 ms fired after %v", waited)
	}
	return nil
}

func tickers() error {
	start := time.Now()
	t := time.NewTicker(5 * time.Millisecond)
	defer t.Stop()
	for range 20 {
		<-t.C
	}
	// The channel holds one tick: a late reader may see one interval short.
	if waited := time.Since(start); waited < 95*time.Millisecond || waited > time.Minute {
		return fmt.Errorf("20 ticks of 5 ms took %v", waited)
	}
	return nil
}

// timerIdle sleeps while nothing else runs, so that the domain blocks in the
// hypervisor each time.
func timerIdle(string) error {
	for _, d := range []time.Duration{
		time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond,
		333 * time.Millisecond, time.Second, 2 * time.Second,
	} {
		start := time.Now()
		time.Sleep(d)
		if waited := time.Since(start); waited < d || waited > d+time.Minute {
			return fmt.Errorf("a sleep of %v took %v", d, waited)
		}
	}
	return nil
}

// lostAfter is the time-out that a storm races against: a wake-up that the idle
// loop loses shows as a wait this long.
const lostAfter = time.Minute

// timerStorm goes idle n times, each time with a wake-up 1 to 50 µs away.
func timerStorm(arg string) error {
	n, err := number(arg, 2000)
	if err != nil {
		return err
	}
	wake := make(chan int, 1)
	limit := time.NewTimer(lostAfter)
	for i := range n {
		limit.Reset(lostAfter)
		time.AfterFunc(time.Duration(1+i%50)*time.Microsecond, func() { wake <- i })
		select {
		case <-wake:
		case <-limit.C:
			return fmt.Errorf("wake-up %d of %d was lost", i, n)
		}
	}
	return nil
}

// breakStorm lets one thread wait in the poller for a far timer while another
// sets nearer ones: each must cut the wait short.
func breakStorm(arg string) error {
	n, err := number(arg, 2000)
	if err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	wake := make(chan int, 1)
	for i := range n {
		far := time.AfterFunc(lostAfter, func() { wake <- -1 })
		go func() {
			spinFor(time.Duration(i%100) * time.Microsecond)
			time.AfterFunc(time.Microsecond, func() { wake <- i })
		}()
		got := <-wake
		far.Stop()
		if got != i {
			return fmt.Errorf("round %d of %d waited %v", i, n, lostAfter)
		}
	}
	return nil
}

func spinFor(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
	}
}

// timeoutStorm arms and stops timers in great numbers, as a busy server does.
func timeoutStorm(string) error {
	timers := make([]*time.Timer, 20_000)
	for i := range timers {
		timers[i] = time.AfterFunc(time.Hour+time.Duration(i*7919%20_011), func() {})
	}
	for i, t := range timers {
		if !t.Stop() {
			return fmt.Errorf("timer %d of an hour had fired", i)
		}
	}
	return nil
}

// sleep50 prints how late a sleep of 50 µs ends: median and 99th percentile of
// ARG rounds, in ns.
func sleep50(arg string) error {
	n, err := number(arg, 500)
	if err != nil {
		return err
	}
	const asked = 50 * time.Microsecond
	late := make([]time.Duration, n)
	for i := range late {
		start := time.Now()
		time.Sleep(asked)
		late[i] = time.Since(start) - asked
	}
	slices.Sort(late)
	if late[0] < 0 {
		return fmt.Errorf("a sleep of %v ended %v early", asked, -late[0])
	}
	fmt.Printf("late median_ns=%d p99_ns=%d rounds=%d\n",
		late[n/2].Nanoseconds(), late[n*99/100].Nanoseconds(), n)
	return nil
}
