// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The face of a domain. On a goroutine.

//go:build domlet

package rt

import (
	"github.com/domlet/domlet/rt/kernel"  // threads, memory, clock, doors
	_ "github.com/domlet/domlet/rt/posix" // files, pipes, the console
)

// InDomain reports whether the program is a domain of its own.
const InDomain = true

// ReadStats returns the kernel's counters.
func ReadStats() (s Stats) {
	s.Read()
	return s
}

// ReadUsage returns what every page of the domain is used for.
func ReadUsage() (u Usage) {
	u.Read()
	return u
}

// AtMain is called right before the program's main function, by a file that
// mkimage adds to package main. With the boot parameter meminfo=main it prints
// what memory is used for.
func AtMain() { kernel.AtMain() }

// DoorCall makes a call through the kernel door that does nothing, for
// measuring what such a call costs.
func DoorCall() { kernel.Nothing() }
