// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A domain to boot and what must come of it. Host; boots domains.

package domtest

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// A Guest is one domain to boot and what must come of it.
type Guest struct {
	Name string
	// Mode is the way the domain begins, "pv" if empty.
	Mode string
	// Pkg is the main package, from the top of the repository.
	Pkg  string
	Args []string
	// Env are NAME=VALUE pairs for the program.
	Env []string
	// Params are NAME=VALUE pairs for the kernel.
	Params []string
	// Limits are NAME=NUMBER pairs of xl's configuration.
	Limits []string
	// Flags are further words for mkimage run.
	Flags []string
	// Toolchain is the Go release to build with, empty for the installed one.
	Toolchain string
	// Memory is in MiB; 0 means 64.
	Memory int
	// VCPUs is how many there are; 0 means one.
	VCPUs int
	// SMP is how many processors the lab has; 0 means one.
	SMP int
	// Code is the exit code that mkimage run must end with.
	Code int
	// Want are texts that standard output must hold, in this order.
	Want []string
	// Within bounds the whole run; 0 means five minutes.
	Within time.Duration
	// Long guests run only when DOMLET_LAB is long.
	Long bool
	// LongAs is the mode in which the guest is a long one, because it takes so
	// much more time there.
	LongAs string
	// XenOnly guests say something about domlet, not about Go: Linux would fail them.
	XenOnly bool
}

// Cases makes a guest that runs the named cases of a program in one domain: the
// program prints "ok WORD" for each. What follows a "=" in a word is the case's
// argument, and is not printed.
func Cases(name, pkg string, memory int, words ...string) Guest {
	g := Guest{Name: name, Pkg: pkg, Args: words, Memory: memory}
	for _, word := range words {
		one, _, _ := strings.Cut(word, "=")
		g.Want = append(g.Want, "ok "+one+"\n")
	}
	return g
}

// OnXen marks a guest that Linux would fail.
func OnXen(g Guest) Guest {
	g.XenOnly = true
	return g
}

// In gives a guest its mode.
func (g Guest) In(mode string) Guest {
	g.Mode = mode
	return g
}

// LongAsPVH marks a guest that is a long one as PVH.
func LongAsPVH(g Guest) Guest {
	g.LongAs = "pvh"
	return g
}

// LongRun marks a guest that takes minutes.
func LongRun(g Guest) Guest {
	g.Long, g.Within = true, 20*time.Minute
	return g
}

// Command is what mkimage is called with to run the image file as g.
func (g Guest) Command(file string) []string {
	words := []string{"run", "-type", g.kind(), "-timeout", g.Limit().String(), "-memory", fmt.Sprint(cmp.Or(g.Memory, 64)),
		"-vcpus", fmt.Sprint(cmp.Or(g.VCPUs, 1)), "-smp", fmt.Sprint(cmp.Or(g.SMP, 1))}
	for _, pair := range g.Env {
		words = append(words, "-env", pair)
	}
	for _, pair := range g.Params {
		words = append(words, "-param", pair)
	}
	for _, pair := range g.Limits {
		words = append(words, "-limit", pair)
	}
	words = append(words, g.Flags...)
	return append(append(words, file, "--"), g.Args...)
}

// kind is the type of domain that mkimage is asked for.
func (g Guest) kind() string { return cmp.Or(g.Mode, "pv") }

// Limit bounds the run.
func (g Guest) Limit() time.Duration {
	return cmp.Or(g.Within, 5*time.Minute)
}

// toolchain is the environment that picks the Go release to build with.
func (g Guest) toolchain() []string {
	if g.Toolchain == "" {
		return nil
	}
	return []string{"GOTOOLCHAIN=" + g.Toolchain}
}
