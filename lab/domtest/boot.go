// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Booting domains in the modes they can begin in. Host; boots domains.

package domtest

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// Modes are the ways a domain can begin. DOMLET_TYPE, one or more of them with
// commas, asks for others than the usual.
func Modes() []string {
	if asked := os.Getenv("DOMLET_TYPE"); asked != "" {
		return strings.Split(asked, ",")
	}
	return []string{"pv", "pvh"}
}

// slots bounds how many domains run at once.
var slots = make(chan struct{}, 2)

// Slot waits until one more domain may run, and returns what ends its turn.
func Slot() func() {
	slots <- struct{}{}
	return func() { <-slots }
}

// InModes runs a test once for each way a domain can begin, with the mode's name
// in the test's.
func InModes(t *testing.T, test func(t *testing.T, mode string)) {
	t.Helper()
	for _, mode := range Modes() {
		t.Run(mode, func(t *testing.T) { test(t, mode) })
	}
}

// Boot runs g as a domain in the lab.
func Boot(t *testing.T, g Guest) Result {
	t.Helper()
	return BootInto(t, new(bytes.Buffer), g)
}

// BootInto is Boot with a buffer for the console.
func BootInto(t *testing.T, console Output, g Guest) Result {
	t.Helper()
	file := Image(t, g.Pkg, g.toolchain()...)
	defer Slot()()
	return RunInto(t, console, g.Limit(), Mkimage(t), g.Command(file)...)
}

// InFirstMode is InModes for tests that take long, or of what hardly depends on the
// mode: the other modes are for long runs.
func InFirstMode(t *testing.T, test func(t *testing.T, mode string)) {
	t.Helper()
	if LongClass() {
		InModes(t, test)
		return
	}
	mode := Modes()[0]
	t.Run(mode, func(t *testing.T) { test(t, mode) })
}

// BootAll boots guests in one mode, as many at a time as the lab bears.
func BootAll(t *testing.T, mode string, all []Guest) {
	for _, g := range all {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			if g.Long || g.LongAs == mode {
				NeedLong(t)
			}
			Check(t, g, Boot(t, g.In(mode)))
		})
	}
}

// OnLinux runs the guests that claim nothing about Xen, and take no minutes, as
// plain programs.
func OnLinux(t *testing.T, all []Guest) {
	for _, g := range all {
		if g.XenOnly || g.Long {
			continue
		}
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			r := Run(t, g.Limit(), Program(t, g.Pkg), g.Args...)
			// Linux keeps standard error apart; a domain has one console.
			r.Stdout += r.Stderr
			Check(t, g, r)
		})
	}
}

// Check compares how a guest ended with what the table says.
func Check(t *testing.T, g Guest, r Result) {
	t.Helper()
	if r.Code != g.Code {
		t.Errorf("ended with code %d, want %d", r.Code, g.Code)
	}
	rest := r.Stdout
	for _, text := range g.Want {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Errorf("the console lacks %q, or has it out of order", text)
			break
		}
		rest = after
	}
	if t.Failed() {
		t.Logf("after %v:\n%s", r.Took.Round(time.Millisecond), r.Tail())
	}
}
