// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command bench measures what a domain pays for the things that all programs
// do, and prints one line for each: a name, a number, a unit. The same source is
// an ordinary program, whose figures can stand beside those of a domain; as the
// first process of a Linux machine it switches the machine off at its end.
//
//	bench         what one processor is enough for
//	bench several what several processors are worth, and what talking to
//	              another one costs
//
// mkimage bench runs it.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/domlet/domlet/rt"
)

func main() {
	start := atMain()
	measured := alone
	if len(os.Args) > 1 && os.Args[1] == "several" {
		measured = several
	} else {
		fmt.Print(start)
	}
	if err := measured(); err != nil {
		fmt.Println("FAIL:", err)
		os.Exit(1)
	}
	if os.Getpid() == 1 && !rt.InDomain {
		syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
	}
}

// alone measures what does not depend on the number of processors.
func alone() error {
	report("clock read", measure(20_000, func() { time.Now() }))
	if rt.InDomain {
		report("kernel-door call", measure(20_000, rt.DoorCall))
	}
	report("posix-door call", measure(5_000, func() { syscall.Getppid() }))
	report("futex switch", measure(1, futexSwitches)/switches)
	report("goroutine switch", measure(1, goroutineSwitches)/switches)
	report("page fault", measure(faults, touch))
	return events()
}

// several measures what does.
func several() error {
	n := runtime.NumCPU()
	report(fmt.Sprintf("work on %d processors, a round", n), work(n))
	if n != 2 {
		return nil
	}
	return interrupts()
}

func report(name string, ns float64) { fmt.Printf("%s %.1f ns\n", name, ns) }

// measure returns the nanoseconds that one call of f takes: the median of
// eleven batches, after one that is not counted.
func measure(calls int, f func()) float64 {
	const batches = 11
	var times []float64
	for i := range batches + 1 {
		begin := time.Now()
		for range calls {
			f()
		}
		if took := time.Since(begin); i > 0 {
			times = append(times, float64(took.Nanoseconds())/float64(calls))
		}
	}
	slices.Sort(times)
	return times[batches/2]
}

// untouched is zeroed data, larger than a domain is given at its start: each page
// of it costs a fault when it is first touched.
var untouched [12 * faults][4096]byte

// faults is how many pages a batch touches.
const faults = 256

// touched counts the pages of untouched that were touched.
var touched int

// touch touches the next one.
func touch() {
	untouched[touched][0] = 1
	touched++
}

// switches is how many switches one batch makes.
const switches = 2_000

// futexSwitches passes a word to and fro between two threads: each pass is a
// futex wake, a futex wait and a switch.
func futexSwitches() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	passes(runtime.LockOSThread)
}

// goroutineSwitches does the same between two goroutines of no thread.
func goroutineSwitches() { passes(func() {}) }

func passes(begin func()) {
	there, back := make(chan int), make(chan int)
	go func() {
		begin()
		for i := range there {
			back <- i
		}
		close(back)
	}()
	for i := range switches / 2 {
		there <- i
		<-back
	}
	close(there)
	<-back
}
