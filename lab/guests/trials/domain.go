// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The trials, in a test image.

//go:build domlet && domlettest

package main

import (
	"errors"

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
	return errors.New("no such trial")
}
