// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What cannot be built is refused with one line that says what to do.

package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/mkimage/internal/inject"
)

func TestRefusedPackages(t *testing.T) {
	dir := tree(t, map[string]string{
		"go.mod":      "module example.com/a\n\ngo 1.24\n",
		"main.go":     hello,
		"lib/lib.go":  "package lib\n",
		"c/main.go":   "package main\n\nimport \"C\"\n\nfunc main() {}\n",
		"one/main.go": hello,
	})
	for pattern, want := range map[string]string{
		"./nowhere":           "directory not found",
		"example.com/nowhere": "example.com/nowhere",
		"./lib":               "example.com/a/lib is package lib, not a program: name a directory with a package main",
		"./c":                 `example.com/a/c imports "C" in main.go: a domain has no C`,
		"main.go":             "name a package (a directory or an import path), not files",
		"cmd/gofmt":           "cmd/gofmt is part of the Go distribution",
		"sort":                "sort is part of the Go distribution",
		helloModule(t):        "outside main module or its selected dependencies: run mkimage in that module",
		"./lib/...":           "./lib/... matches no program",
	} {
		o := standIn(t, dir)
		o.Packages = []string{pattern}
		wantRefusal(t, o, want)
	}
	o := standIn(t, dir)
	o.Packages = []string{".", "./one"}
	wantRefusal(t, o, ". ./one names 2 packages: build one at a time")
}

func TestRefusedWithoutModule(t *testing.T) {
	wantRefusal(t, standIn(t, tree(t, map[string]string{"main.go": hello})), "is in no module: run go mod init")
}

// A program of the module cache is a dependency, which has no place for an
// added file.
func TestRefusedDependency(t *testing.T) {
	dir := diamondModule(t, "1.24")
	o := standIn(t, dir)
	o.Packages = []string{"example.com/left"}
	wantRefusal(t, o, "example.com/left is in the module cache", "build it from a checkout of example.com/left")
}

// Files that import "C" beside others are left out, with a note.
func TestCgoIsNoted(t *testing.T) {
	o := standIn(t, tree(t, map[string]string{
		"go.mod":  "module example.com/a\n\ngo 1.24\n",
		"main.go": hello,
		"c.go":    "package main\n\nimport \"C\"\n",
	}))
	var notes strings.Builder
	o.Stderr = &notes
	wantOutput(t, o, "hello\n")
	if want := "mkimage: example.com/a is built without cgo: c.go, which imports \"C\", is left out\n"; notes.String() != want {
		t.Errorf("noted %q, want %q", notes.String(), want)
	}
}

func TestRefusedSettings(t *testing.T) {
	dir := helloModule(t)
	for setting, want := range map[string]string{
		"GOFLAGS=-overlay=x.json":   "leave -overlay out, in GOFLAGS too",
		"GOFLAGS=-toolexec=time":    "leave -toolexec out, in GOFLAGS too",
		"GOFLAGS=-race":             "leave -race out, in GOFLAGS too: the race detector needs cgo",
		"GOFLAGS=-buildmode=pie":    "leave -buildmode=pie out, in GOFLAGS too",
		"GOAMD64=v3":                "set GOAMD64=v2 or v1",
		"GOFLAGS='-ldflags=-T 0x8'": "",
	} {
		t.Run(setting, func(t *testing.T) {
			name, value, _ := strings.Cut(setting, "=")
			t.Setenv(name, value)
			wantRefusal(t, standIn(t, dir), want)
		})
	}
}

// -gcflags=all= of the user's own is merged; on the command line, where it
// wins over ours, it is refused by the wrapper.
func TestGcflags(t *testing.T) {
	o := standIn(t, helloModule(t))
	t.Setenv("GOFLAGS", "-tags=mine -gcflags=all=")
	wantOutput(t, o, "hello\n")
	b, err := Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	wantGoRefusal(t, o.Dir, b.Env, "-gcflags takes the -+ away that "+inject.Module+"/rt/kernel needs", "build", "-gcflags=all=")
	wantGoRefusal(t, o.Dir, b.Env, "domlet is not linked into this program", "build", "-overlay=")
}

// wantGoRefusal runs a plain go command that the wrapper is to stop.
func wantGoRefusal(t *testing.T, dir string, env []string, want string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), want) {
		t.Errorf("go %s: %v, want %q in\n%s", strings.Join(args, " "), err, want, out)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("go %s left %v", strings.Join(args, " "), left)
	}
}

func TestRefusedOutput(t *testing.T) {
	o := standIn(t, helloModule(t))
	for out, want := range map[string]string{
		t.TempDir():                            "is a directory: name a file with -o",
		filepath.Join(t.TempDir(), "no/image"): "create it first",
	} {
		o.Out = out
		if _, err := Build(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("-o %s: got %v, want %q", out, err, want)
		}
	}
}
