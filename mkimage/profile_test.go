// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage run -profile. Runs on the host; the domains are in the lab.

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

// TestProfile looks for what the program keeps in its profile, with go tool pprof.
func TestProfile(t *testing.T) {
	labtest.Need(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/holder\n\ngo 1.26\n", "main.go": holder} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := mkimage(t, dir, "run", "-profile", "heap", "-memory", "128", ".")
	if !r.failed || r.stdout != "" {
		t.Errorf("%+v", r)
	}
	out, err := exec.Command("go", "tool", "pprof", "-sample_index=inuse_space", "-top", filepath.Join(dir, "heap")).CombinedOutput()
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
