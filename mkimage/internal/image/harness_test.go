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

// TestMain makes the test binary the wrapper of the builds it starts, and
// gives all tests one cache of domlet's, apart from the user's. The go
// command's own cache is shared: what was compiled once stays compiled.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "toolexec" {
		if err := Toolexec(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "mkimage:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	cache, err := os.MkdirTemp("", "domlet-test-*")
	if err != nil {
		panic(err)
	}
	os.Setenv("DOMLET_CACHE", cache)
	code := m.Run()
	os.RemoveAll(cache)
	os.Exit(code)
}

// standIn returns options that build the package in dir with the kernel below
// testdata.
func standIn(t *testing.T, dir string) Options {
	t.Helper()
	source, err := filepath.Abs("testdata/stub")
	if err != nil {
		t.Fatal(err)
	}
	return Options{Dir: dir, Source: source, Added: addedFiles(t, filepath.Join(source, "_goroot")), Stderr: testWriter{t}}
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

// tree writes files, content by path, into a new directory and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const hello = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"

func helloModule(t *testing.T) string {
	return tree(t, map[string]string{"go.mod": "module example.com/hello\n\ngo 1.24\n", "main.go": hello})
}

// build makes the image and returns its path.
func build(t *testing.T, o Options) string {
	t.Helper()
	if o.Out == "" {
		o.Out = filepath.Join(t.TempDir(), "image")
	}
	img, err := Build(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return img.File
}

// wantOutput builds and runs the program and compares what it prints.
func wantOutput(t *testing.T, o Options, want string) {
	t.Helper()
	out, err := exec.Command(build(t, o)).CombinedOutput()
	if err != nil || string(out) != want {
		t.Errorf("the program printed %q (%v), want %q", out, err, want)
	}
}

// wantRefusal expects the build to fail with one line that has all the parts,
// and to leave nothing behind.
func wantRefusal(t *testing.T, o Options, parts ...string) {
	t.Helper()
	dir := t.TempDir()
	o.Out = filepath.Join(dir, "image")
	_, err := Build(t.Context(), o)
	if err == nil {
		t.Fatal("the build was not refused")
	}
	for _, part := range append(parts, "") {
		if !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got error %q, want one line with %q", err, part)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("the refused build left %v", left)
	}
}

// goRun runs the user's go command in dir.
func goRun(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
