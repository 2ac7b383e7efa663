// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The images of packages' tests: built some at a time, each once for all kinds of
// domain. Runs on the developer's machine.

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

// images is a folder with one image for each package.
type images struct {
	dir  string
	tool string // mkimage
	keep bool   // the folder was named by the user, and stays
}

// atOnce is how many packages are built by one go command: most of what they need
// they share.
const atOnce = 8

// openImages prepares the folder; an empty name is one that close removes.
func openImages(dir, tool string) (*images, error) {
	if dir != "" {
		return &images{dir, tool, true}, os.MkdirAll(dir, 0o755)
	}
	dir, err := os.MkdirTemp("", "stdtests-images-")
	return &images{dir, tool, false}, err
}

// close removes the folder if nobody named it.
func (m *images) close() {
	if !m.keep {
		os.RemoveAll(m.dir)
	}
}

// drop removes an image that is needed no more.
func (m *images) drop(pkg string) {
	if !m.keep {
		os.Remove(m.file(pkg))
	}
}

// file is where a package's image is, under the name that go test would give it.
func (m *images) file(pkg string) string {
	return filepath.Join(m.dir, pkg, baseName(pkg)+".test")
}

// baseName is the name that the go command gives a package's program: that of its
// folder, or of the one above if it is only a version.
func baseName(pkg string) string {
	if name := path.Base(pkg); !version.MatchString(name) {
		return name
	}
	return path.Base(path.Dir(pkg))
}

var version = regexp.MustCompile(`^v[0-9]+$`)

// has reports whether a package's image is there.
func (m *images) has(pkg string) bool {
	_, err := os.Stat(m.file(pkg))
	return err == nil
}

// make sees that there is an image of the first package, and takes the next along
// while it builds. If there is none afterwards, said tells why.
func (m *images) make(ctx context.Context, pkgs []string) (said []byte, err error) {
	if m.has(pkgs[0]) {
		return nil, nil
	}
	if batch := m.batch(pkgs); len(batch) > 1 {
		if _, err := m.build(ctx, batch); err != nil {
			return nil, err
		}
	}
	if m.has(pkgs[0]) {
		return nil, nil
	}
	return m.build(ctx, pkgs[:1]) // alone: what is said now is said of it
}

// batch picks what is built together with the first package. No two may have the
// same name, since the go command puts them all into one folder.
func (m *images) batch(pkgs []string) (batch []string) {
	taken := map[string]bool{}
	for _, p := range pkgs {
		if len(batch) == atOnce {
			break
		}
		if name := baseName(p); !taken[name] && !m.has(p) {
			taken[name] = true
			batch = append(batch, p)
		}
	}
	return batch
}

// build builds packages and returns what was said. That one cannot be built is no
// error: it has no image then.
func (m *images) build(ctx context.Context, pkgs []string) (said []byte, err error) {
	work, err := os.MkdirTemp(m.dir, "work-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	cmd := exec.CommandContext(ctx, m.tool, append([]string{"test", "-c", "-vet=off", "-o", work + "/"}, pkgs...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	said, err = cmd.CombinedOutput()
	var ended *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &ended) {
		return said, errors.Join(ctx.Err(), err)
	}
	for _, p := range pkgs {
		if err := m.take(work, p); err != nil {
			return said, err
		}
	}
	return said, nil
}

// take moves a package's image to its place, if it was built.
func (m *images) take(work, pkg string) error {
	built := filepath.Join(work, baseName(pkg)+".test")
	if _, err := os.Stat(built); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(m.file(pkg)), 0o755); err != nil {
		return err
	}
	return os.Rename(built, m.file(pkg))
}
