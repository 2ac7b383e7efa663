// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Without the tag invariants there are no windows to open, so the storms run a
// second time with it. Host; runs the go command.

//go:build !invariants

package core

import (
	"os/exec"
	"testing"
)

func openWindows() {}

func TestStormsWithOpenWindows(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the package again")
	}
	out, err := exec.Command("go", "test", "-tags", "invariants", "-run", "^TestStorm", ".").CombinedOutput()
	if err != nil {
		t.Errorf("go test -tags invariants: %v\n%s", err, out)
	}
}
