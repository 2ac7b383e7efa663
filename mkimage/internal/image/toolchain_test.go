// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Toolchains in unusual places and of other versions.

package image

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// noteKeeper collects what a build says.
func noteKeeper(o *Options) *strings.Builder {
	notes := &strings.Builder{}
	o.Stderr = notes
	return notes
}

// linkTree makes a second GOROOT of hard links, or of copies where the
// temporary directory is another file system.
func linkTree(t *testing.T, to string) {
	t.Helper()
	from := runtime.GOROOT()
	for _, part := range []string{"bin", "pkg", "src", "lib"} {
		err := filepath.WalkDir(filepath.Join(from, part), func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			there := filepath.Join(to, strings.TrimPrefix(path, from))
			if d.IsDir() {
				return os.MkdirAll(there, 0o755)
			}
			if os.Link(path, there) == nil {
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(there, data, 0o755)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	version := read(t, filepath.Join(from, "VERSION"))
	if err := os.WriteFile(filepath.Join(to, "VERSION"), version, 0o644); err != nil {
		t.Fatal(err)
	}
}

// The go command looks files of an overlay up by name: a GOROOT that is
// reached through a link is resolved first.
func TestLinkedGOROOT(t *testing.T) {
	link := filepath.Join(t.TempDir(), "go")
	if err := os.Symlink(runtime.GOROOT(), link); err != nil {
		t.Fatal(err)
	}
	o := standIn(t, helloModule(t))
	o.Go = filepath.Join(link, "bin/go")
	wantOutput(t, o, "hello\n")
	t.Setenv("GOROOT", link)
	wantOutput(t, o, "hello\n")
}

// Distributions keep GOROOT/src elsewhere and link to it.
func TestLinkedSource(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"src", "pkg", "lib", "bin", "VERSION"} {
		if err := os.Symlink(filepath.Join(runtime.GOROOT(), name), filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	o := standIn(t, helloModule(t))
	t.Setenv("GOROOT", root)
	wantOutput(t, o, "hello\n")
}

// A toolchain below the module cache, where the go command refuses overlays,
// is linked to a place where it does not; one that somebody edited is refused.
func TestToolchainInModuleCache(t *testing.T) {
	cache := t.TempDir()
	root := filepath.Join(cache, "golang.org/toolchain")
	linkTree(t, root)
	o := standIn(t, helloModule(t))
	usual := read(t, build(t, o))
	o.Go = filepath.Join(root, "bin/go")
	t.Setenv("DOMLET_CACHE", t.TempDir())
	t.Setenv("GOMODCACHE", cache)
	t.Setenv("GOROOT", "")
	notes := noteKeeper(&o)
	if !bytes.Equal(read(t, build(t, o)), usual) {
		t.Error("the place of the toolchain changed the image")
	}
	wantOutput(t, o, "hello\n")
	if want := "linking " + runtime.Version() + " into the cache (once)"; strings.Count(notes.String(), want) != 1 {
		t.Errorf("said %q, want %q once", notes, want)
	}

	t.Setenv("GOMODCACHE", t.TempDir())
	stack := filepath.Join(root, "src/runtime/stack.go")
	text := append(read(t, stack), "// a change\n"...)
	os.Remove(stack) // it has a second name
	if err := os.WriteFile(stack, text, 0o644); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, o, stack+" is not the file of "+runtime.Version(), "reinstall Go")
}

// Here the go command is a script that says what one of Go 1.25 would.
func TestUnsupportedGo(t *testing.T) {
	script := filepath.Join(t.TempDir(), "go")
	text := fmt.Sprintf("#!/bin/sh\necho '{\"GOVERSION\": \"go1.25.5\", \"GOROOT\": %q}'\n", runtime.GOROOT())
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	o := standIn(t, helloModule(t))
	o.Go = script
	wantRefusal(t, o, "Go 1.25.5 is not supported: domlet supports 1.26 (from 1.26.3) and 1.27")
	t.Setenv("PATH", t.TempDir())
	o.Go = ""
	wantRefusal(t, o, "no go command found: install Go")
}
