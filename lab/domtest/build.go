// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Building programs and images, each once a run. Host only.

package domtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/domlet/domlet/lab/labtest"
)

// top returns the repository's top folder.
var top = sync.OnceValue(func() string {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		panic(err) // the tests of a module run in it
	}
	return strings.TrimSpace(string(out))
})

// built remembers what was built, so that each package is built once a run.
type built struct {
	mu   sync.Mutex
	once map[string]func() (string, error)
}

// get returns the path that build made for key, building on the first call.
func (b *built) get(t *testing.T, key string, build func(out string) error) string {
	t.Helper()
	b.mu.Lock()
	if b.once == nil {
		b.once = map[string]func() (string, error){}
	}
	f, ok := b.once[key]
	if !ok {
		out := filepath.Join(scratch, strings.ReplaceAll(strings.TrimPrefix(key, "./"), "/", "-"))
		f = sync.OnceValues(func() (string, error) { return out, build(out) })
		b.once[key] = f
	}
	b.mu.Unlock()
	path, err := f()
	if err != nil {
		t.Fatalf("build %s: %v", key, err)
	}
	return path
}

var linux, images, tools built

// Program builds pkg, a path from the top of the repository, as a plain static
// Linux program, and returns its file.
func Program(t *testing.T, pkg string) string {
	t.Helper()
	return linux.get(t, pkg+".linux", func(out string) error {
		return goBuild("-o", out, pkg)
	})
}

// InDom0 builds pkg as a plain program, and returns where it is in dom0.
func InDom0(t *testing.T, pkg string) string {
	t.Helper()
	return Stored(t, Program(t, pkg))
}

// Stored copies a program into dom0, and returns its path there.
func Stored(t *testing.T, file string) string {
	t.Helper()
	remote, err := labtest.Need(t).Store(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return remote
}

// Mkimage builds the command under test.
func Mkimage(t *testing.T) string {
	t.Helper()
	return tools.get(t, "./mkimage", func(out string) error {
		return goBuild("-o", out, "./mkimage")
	})
}

// goBuild runs go build in the repository, without cgo.
func goBuild(args ...string) error {
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Dir = top()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return combined(cmd)
}

// combined runs cmd and puts all it printed into the error.
func combined(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

// inModule is where to build pkg and by which name: one with a go.mod is a module of
// its own.
func inModule(pkg string) (dir, name string) {
	dir = filepath.Join(top(), pkg)
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return dir, "."
	}
	return top(), pkg
}

// Image builds pkg as a bootable image. The environment has NAME=VALUE pairs, such
// as another Go toolchain.
func Image(t *testing.T, pkg string, env ...string) string {
	t.Helper()
	tool := Mkimage(t)
	key := strings.Join(append([]string{pkg}, env...), ".") + ".image"
	return images.get(t, key, func(out string) error {
		dir, pkg := inModule(pkg)
		cmd := exec.Command(tool, "build", "-o", out, pkg)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
		return combined(cmd)
	})
}
