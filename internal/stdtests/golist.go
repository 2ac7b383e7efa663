// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the go command knows about the standard library. Host only.

package stdtests

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Toolchain is the Go distribution whose library is tested.
type Toolchain struct {
	Root    string // GOROOT
	Release string // "go1.26.8"
}

// Installed returns the distribution of the go command in PATH.
func Installed(ctx context.Context) (Toolchain, error) {
	out, err := run(ctx, "env", "GOROOT", "GOVERSION")
	lines := strings.Split(out, "\n")
	if err != nil || len(lines) < 2 {
		return Toolchain{}, fmt.Errorf("go env: %q, %w", out, err)
	}
	return Toolchain{lines[0], lines[1]}, nil
}

// List returns the library's packages that have tests for a domain, by import
// path, and how many packages there are in all.
func List(ctx context.Context) (paths []string, all int, err error) {
	out, err := run(ctx, "list", "-f", "{{.ImportPath}} {{len .TestGoFiles}} {{len .XTestGoFiles}}", "std")
	if err != nil {
		return nil, 0, fmt.Errorf("go list std: %w", err)
	}
	for line := range strings.Lines(out) {
		path, tests, _ := strings.Cut(strings.TrimSpace(line), " ")
		all++
		if tests != "0 0" {
			paths = append(paths, path)
		}
	}
	return paths, all, nil
}

// run asks the go command about programs for a domain.
func run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
