// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Cases that end the program: how it ends is the property. In a domain and on
// Linux.

package main

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// errReturned is what a case that must not return, returns.
var errReturned = errors.New("the program went on")

// exitWith ends the program at once, with other goroutines running.
func exitWith(arg string) error {
	code, err := number(arg, 0)
	if err != nil {
		return err
	}
	go func() {
		for {
			runtime.Gosched()
		}
	}()
	os.Exit(code)
	return errReturned
}

// parkedHere waits for ever; the trace of a crash must name it.
func parkedHere() { select {} }

// unrecovered panics while another goroutine is parked.
func unrecovered(string) error {
	debug.SetTraceback("all")
	go parkedHere()
	for trace := make([]byte, 1<<14); !bytes.Contains(trace, []byte("[select (no cases)]")); {
		time.Sleep(time.Millisecond)
		runtime.Stack(trace, true)
	}
	panic("nobody recovers from this")
}

func nilUnrecovered(string) error {
	nilRead(nil)
	return errReturned
}

func mainGoexit(string) error {
	runtime.Goexit()
	return errReturned
}

func deadlock(string) error {
	<-make(chan int)
	return errReturned
}

// overflow is a recursion without end that the compiler cannot turn into a loop.
func overflow(n int) int { return overflow(n+1) + sink }

func stackOverflow(string) error {
	debug.SetMaxStack(4 * mebibyte)
	sink = overflow(0)
	return errReturned
}

// mapWrite writes one map from four threads. Its keys are so large that nearly
// all the time passes inside the write, comparing.
func mapWrite(string) error {
	runtime.GOMAXPROCS(4)
	m := map[[1 << 16]byte]int{{}: 1}
	for range 4 {
		go func() {
			for {
				m[[1 << 16]byte{}]++
			}
		}()
	}
	time.Sleep(2 * time.Minute)
	return errors.New("nobody noticed")
}

func unlockTwice(string) error {
	var mu sync.Mutex
	defer func() { recover() }()
	mu.Unlock()
	return errReturned
}
