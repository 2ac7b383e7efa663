// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A package's run: its folder, its lab, and the classes of tests. Host only.

package domtest

import (
	"fmt"
	"os"
	"testing"

	"github.com/domlet/domlet/lab/labtest"
)

// scratch is a folder for this run's binaries and images; Main removes it.
var scratch string

// Main runs a package's tests and returns the exit code for os.Exit. The tests
// have the lab of that name to themselves, or share the one without a name.
func Main(m *testing.M, ownLab string) int {
	dir, err := prepare(ownLab)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	scratch = dir
	return labtest.Main(m)
}

func prepare(ownLab string) (dir string, err error) {
	if ownLab != "" {
		if err := labtest.OwnLab(ownLab); err != nil {
			return "", err
		}
	}
	return os.MkdirTemp("", "domlet-guests-")
}

// LongClass reports whether the long tests were asked for.
func LongClass() bool { return os.Getenv("DOMLET_LAB") == "long" }

// NeedLab leaves a lab test out of a -short run, visibly, and holds the lab for
// the others: mkimage finds it up.
func NeedLab(t *testing.T) {
	t.Helper()
	labtest.Need(t)
}

// NeedLong leaves a long test out unless it was asked for.
func NeedLong(t *testing.T) {
	t.Helper()
	if testing.Short() || !LongClass() {
		t.Skip("boots domains for minutes; run with DOMLET_LAB=long")
	}
	NeedLab(t)
}
