// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Whole builds, with a kernel that stands in for domlet's: its images have
// what mkimage looks for, and run as Linux processes, so that a test sees what
// the program does.

package image

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
)

// TestMain makes the test binary the wrapper of the builds it starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "toolexec" {
		if err := Toolexec(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "mkimage:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// standIn returns options that build with the kernel below testdata.
func standIn(t *testing.T) Options {
	t.Helper()
	source, err := filepath.Abs("testdata/stub")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Source: source, Added: addedFiles(t, filepath.Join(source, "_goroot")), Stderr: testWriter{t}}
}

// addedFiles are the stand-in's files for the standard library and, as its
// poller, Go's own.
func addedFiles(t *testing.T, dir string) fs.FS {
	const poller = "runtime/netpoll_epoll.go"
	m := fstest.MapFS{}
	for name, path := range map[string]string{
		poller:                 filepath.Join(runtime.GOROOT(), "src", poller),
		"runtime/zz_domlet.go": filepath.Join(dir, "runtime/zz_domlet.go"),
		"syscall/zz_domlet.go": filepath.Join(dir, "syscall/zz_domlet.go"),
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m[name] = &fstest.MapFile{Data: data}
	}
	return m
}

// testWriter shows what the go command says in the log of the test.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

// module writes a module of the given files ("-- name --" before each) and
// returns its directory.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runImage builds and runs the program in dir and returns what it prints.
func runImage(t *testing.T, o Options) string {
	t.Helper()
	o.Out = filepath.Join(t.TempDir(), "image")
	path, err := Build(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestHello(t *testing.T) {
	o := standIn(t)
	o.Dir = module(t, map[string]string{
		"go.mod":  "module example.com/hello\n\ngo 1.24\n",
		"main.go": "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n",
	})
	if got := runImage(t, o); got != "hello\n" {
		t.Errorf("got %q", got)
	}
}
