// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The trials, in a test image.

//go:build domlet && domlettest

package main

import (
	"errors"
	"fmt"

	"github.com/domlet/domlet/rt/kernel"
)

// fatal are the trials that must end the domain.
var fatal = map[string]uintptr{
	"stack":      kernel.TrialStack,
	"faultstack": kernel.TrialFaultStack,
	"nil":        kernel.TrialNil,
}

func try(name string) error {
	if which, ok := fatal[name]; ok {
		kernel.Trial(which)
		return errors.New("the domain lives")
	}
	switch name {
	case "walk":
		return walk()
	}
	return errors.New("no such trial")
}

// walk wants every page table as it should be, and then a mistake found, or two:
// the page, and its place in the direct map.
func walk() error {
	if n := kernel.Trial(kernel.TrialWalk); n != 0 {
		return fmt.Errorf("%d pages are not protected as they should be", n)
	}
	kernel.Trial(kernel.TrialBreak)
	if n := kernel.Trial(kernel.TrialWalk); n != 1 && n != 2 {
		return fmt.Errorf("a page of code was made writable, and %d mistakes were found", n)
	}
	return nil
}
