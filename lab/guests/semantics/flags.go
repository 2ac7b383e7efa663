// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Processor state that belongs to a thread but is in no general register. In a
// domain and on Linux.

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// readFlags returns RFLAGS as they are.
func readFlags() uint64

// setMXCSR and readMXCSR set and read the control word of vector arithmetic.
func setMXCSR(v uint32)
func readMXCSR() uint32

const directionFlag = 1 << 10

// direction copies memory backwards, which sets the direction flag meanwhile, and
// sends itself signals, which are delivered on the way out of system calls. The
// flag must be clear whenever Go code looks.
func direction(string) error {
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGUSR1)
	defer signal.Stop(received)
	block := make([]byte, 4*mebibyte)
	for i := range block {
		block[i] = byte(i * 7)
	}
	shifts := 0
	for start := time.Now(); time.Since(start) < time.Second; shifts++ {
		copy(block[8:], block)
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGUSR1); err != nil {
			return err
		}
		if flags := readFlags(); flags&directionFlag != 0 {
			return fmt.Errorf("RFLAGS are %#x: the direction flag is set", flags)
		}
	}
	return shifted(block, shifts)
}

// shifted checks a block that was moved up by 8 bytes so many times.
func shifted(block []byte, shifts int) error {
	for i := range block {
		if from := max(i-8*shifts, i%8); block[i] != byte(from*7) {
			return fmt.Errorf("byte %d is %#x after %d shifts, want %#x", i, block[i], shifts, byte(from*7))
		}
	}
	return nil
}

// roundToZero is MXCSR with all exceptions masked and results cut off.
const roundToZero = 0x7f80

// mxcsr gives one thread another rounding and lets others run in between.
func mxcsr(string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := readMXCSR()
	defer setMXCSR(before)
	var stop atomic.Bool
	defer stop.Store(true)
	go interfere(&stop)
	setMXCSR(roundToZero)
	for start := time.Now(); time.Since(start) < time.Second; {
		runtime.Gosched()
		if got := readMXCSR(); got&^0x3f != roundToZero {
			return fmt.Errorf("MXCSR became %#x, was set to %#x", got, roundToZero)
		}
	}
	other := make(chan uint32)
	go func() { other <- readMXCSR() }()
	if got := <-other; got&^0x3f == roundToZero {
		return errors.New("another thread rounds as this one does")
	}
	return nil
}
