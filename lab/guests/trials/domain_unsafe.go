// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The trials, in a test image.

//go:build domlet && domlettest

package main

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/domlet/domlet/rt/kernel"
)

// fatal are the trials that must end the domain.
var fatal = map[string]uintptr{
	"stack":       kernel.TrialStack,
	"faultstack":  kernel.TrialFaultStack,
	"trapstack":   kernel.TrialTrapStack,
	"nmistack":    kernel.TrialNMIStack,
	"doublestack": kernel.TrialDoubleStack,
	"nil":         kernel.TrialNil,
}

func try(name string) error {
	if which, ok := fatal[name]; ok {
		kernel.Trial(which, 0)
		return errors.New("the domain lives")
	}
	switch name {
	case "walk":
		return walk()
	case "frame":
		return frame()
	case "resume":
		return resume()
	case "writetable":
		return writeWord(kernel.Trial(kernel.TrialTable, 0))
	case "writegate":
		return writeWord(kernel.Trial(kernel.TrialGate, 0))
	}
	return errors.New("no such trial")
}

// hostile is more than a floating-point area can need.
var hostile [8192]byte

// frame returns from a signal handler, as the kernel sees it, that has filled the
// floating-point state with ones: reserved bits of MXCSR, of the header, features
// that no CPU has. None may reach the CPU.
func frame() error {
	for i := range hostile {
		hostile[i] = 0xff
	}
	if kernel.Trial(kernel.TrialFrame, uintptr(unsafe.Pointer(&hostile))) != 0 { // in the image: it does not move
		return errors.New("the kernel cannot read the state")
	}
	return nil
}

// writeWord writes what stands at an address of a table to where it stands, which
// must end the program.
func writeWord(address uintptr) error {
	entry := (*atomic.Uint64)(unsafe.Add(nil, address)) // of no object: that is the test
	if entry.Load() == 0 {
		return errors.New("there is no table")
	}
	entry.Or(0)
	return errors.New("the table can be written")
}

// walk wants every page table as it should be, and then a mistake found, or two:
// the page, and its place in the direct map.
func walk() error {
	if n := kernel.Trial(kernel.TrialWalk, 0); n != 0 {
		return fmt.Errorf("%d pages are not protected as they should be", n)
	}
	kernel.Trial(kernel.TrialBreak, 0)
	if n := kernel.Trial(kernel.TrialWalk, 0); n != 1 && n != 2 {
		return fmt.Errorf("a page of code was made writable, and %d mistakes were found", n)
	}
	return nil
}
