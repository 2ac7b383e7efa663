// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage bench: what it refuses, and one whole measurement. Runs on the host;
// the long test boots a lab of its own.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/mkimage/internal/bench"
)

func TestBenchBadInput(t *testing.T) {
	old := filepath.Join(t.TempDir(), "old.json")
	if err := os.WriteFile(old, []byte(`{"Mode": "real time with 2 processors"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"bench needs at least one run", []string{"bench", "-runs", "0"}},
		{"use pv, pvh or pv,pvh", []string{"bench", "-type", "pv,hvm"}},
		{"on one processor only", []string{"bench", "-type", "pvh", "-smp", "2"}},
		{"cannot be compared with", []string{"bench", "-against", old}},
		{"not a report of mkimage bench", []string{"bench", "-against", "../go.mod"}},
	} {
		r := mkimage(t, ".", c.args...)
		if !r.failed || !strings.Contains(r.stderr, c.want) || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("mkimage %s: %s", strings.Join(c.args, " "), r.stderr)
		}
	}
}

// TestBench measures once in real time and wants every figure to be there.
func TestBench(t *testing.T) {
	if testing.Short() || os.Getenv("DOMLET_LAB") != "long" {
		t.Skip("boots a lab of its own; run with DOMLET_LAB=long")
	}
	file := filepath.Join(t.TempDir(), "report.json")
	run(t, "bench", "-smp", "2", "-runs", "2", "-o", file).want(t, 0, "the report is in")
	report, err := bench.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		subject string
		figures int
	}{{"pv", 16}, {"Linux in dom0", 6}} {
		if got := len(report.Subject(want.subject).Figures); got != want.figures {
			t.Errorf("%d figures of a %s, want %d", got, want.subject, want.figures)
		}
	}
}
