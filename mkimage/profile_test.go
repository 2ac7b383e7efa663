// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage run -profile and -cpuprofile. Runs on the host; the domains are in the lab.

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/labtest"
)

// holder is a program that keeps 32 MiB, and ends by os.Exit or by a panic.
const holder = `package main

import "os"

var kept [][]byte

//go:noinline
func hold() {
	for range 32 {
		kept = append(kept, make([]byte, 1<<20))
	}
}

func main() {
	hold()
	if len(os.Args) > 1 {
		panic(os.Args[1])
	}
	os.Exit(3)
}
`

// worker is a program that works in two functions, in one three times as much as
// in the other, until it has used two seconds of a processor, or three.
const worker = `package main

import "syscall"

var sum uint

//go:noinline
func work(n int) uint {
	var x uint
	for range n {
		x = x*31 + 7
	}
	return x
}

//go:noinline
func much() { sum += work(3e6) }

//go:noinline
func little() { sum += work(1e6) }

func used() (u syscall.Rusage) {
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u
}

func main() {
	for end := used().Utime.Sec + 3; used().Utime.Sec < end; {
		much()
		little()
	}
}
`

// oneFile makes a module of one program.
func oneFile(t *testing.T, program string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/one\n\ngo 1.26\n", "main.go": program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestCPUProfile looks for where the program's time went, on one vCPU and on two.
func TestCPUProfile(t *testing.T) {
	labtest.Need(t)
	dir := oneFile(t, worker)
	for _, shape := range []string{"-type=pv", "-type=pvh", "-vcpus=2"} {
		if r := mkimage(t, dir, "run", "-cpuprofile", "cpu", shape, "."); r.failed || r.stdout != "" {
			t.Errorf("%s: %+v", shape, r)
		}
		out, err := exec.Command("go", "tool", "pprof", "-top", "-cum", filepath.Join(dir, "cpu")).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", shape, err, out)
		}
		much, little := cumulative(t, out, "main.much"), cumulative(t, out, "main.little")
		if much+little < 60 || much < 50 || much > 90 {
			t.Errorf("%s: the profile gives %.0f and %.0f of 100 samples to what works three quarters and one quarter of the time\n%s", shape, much, little, out)
		}
	}
}

// cumulative is the share of a function in a table of pprof's, of 100.
func cumulative(t *testing.T, table []byte, function string) float64 {
	t.Helper()
	found := regexp.MustCompile(`(?m) ([0-9.]+)%  ` + regexp.QuoteMeta(function) + `$`).FindSubmatch(table)
	if found == nil {
		t.Fatalf("no %s in\n%s", function, table)
	}
	share, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return share
}

// TestProfile looks for what the program keeps in its profile, with go tool pprof.
func TestProfile(t *testing.T) {
	labtest.Need(t)
	dir := oneFile(t, holder)
	r := mkimage(t, dir, "run", "-profile", "heap", "-memory", "128", ".")
	if !r.failed || r.stdout != "" {
		t.Errorf("%+v", r)
	}
	out, err := exec.Command("go", "tool", "pprof", "-sample_index=inuse_space", "-unit=MB", "-top", filepath.Join(dir, "heap")).CombinedOutput()
	found := regexp.MustCompile(`(?m)^ *([0-9.]+)MB .* main\.hold$`).FindSubmatch(out)
	if err != nil || found == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// Not 32: the profile is an estimate from samples, of 2 MB standard deviation here.
	if held, err := strconv.ParseFloat(string(found[1]), 64); err != nil || held < 20 || held > 45 {
		t.Errorf("the profile has %s MB for what holds 32\n%s", found[1], out)
	}
	r = mkimage(t, dir, "run", "-profile", "heap", "-memory", "128", ".", "--", "on purpose")
	if _, err := os.Stat(filepath.Join(dir, "heap")); err == nil || !strings.Contains(r.stderr, "no heap profile") {
		t.Errorf("after a panic: %v\n%s", err, r.stderr)
	}
}
