// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage test with a module of its own in a domain. Runs on the host; the domains
// are in the lab.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/labtest"
)

// testedModule has a package below its top with a test that reads a file, one that
// fails on request, and a benchmark.
var testedModule = map[string]string{
	"go.mod":           "module example.com/tested\n\ngo 1.26\n",
	"sub/testdata/f":   "from testdata\n",
	"testdata/above/f": "from above\n",
	"sub/sub.go":       "package sub\n\nfunc Add(a, b int) int {\n\tif a == 0 {\n\t\treturn b\n\t}\n\treturn a + b\n}\n",
	"sub/sub_test.go": `package sub

import (
	"flag"
	"os"
	"testing"
)

var bad = flag.Bool("bad", false, "fail")

func TestFiles(t *testing.T) {
	for name, want := range map[string]string{"testdata/f": "from testdata\n", "../testdata/above/f": "from above\n"} {
		if text, err := os.ReadFile(name); err != nil || string(text) != want {
			t.Errorf("%q, %v", text, err)
		}
	}
}

func TestAdd(t *testing.T) {
	if *bad || Add(1, 2) != 3 {
		t.Error("as asked")
	}
}

func BenchmarkAdd(b *testing.B) {
	for b.Loop() {
		Add(1, 2)
	}
}
`,
}

// TestGoTest runs mkimage test as one would run go test.
func TestGoTest(t *testing.T) {
	labtest.Need(t)
	dir := t.TempDir()
	for name, text := range testedModule {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		words string
		code  int
		want  string
	}{
		{"./...", 0, "ok  \texample.com/tested/sub\t"},
		{"-type pvh -v -count 2 -run Files ./sub", 0, "--- PASS: TestFiles"},
		{"-json -run Add ./sub", 0, `"Action":"pass","Package":"example.com/tested/sub","Test":"TestAdd"`},
		{"-cover ./sub", 0, "coverage: 66.7% of statements"},
		{"-coverprofile cover -memprofile heap -cpuprofile cpu -blockprofile block -mutexprofile mutex -trace trace ./sub", 0, "coverage: 66.7% of statements"},
		{"-bench . -benchtime 10x -run ^$ ./sub", 0, "BenchmarkAdd"},
		{"./sub -- -bad", 1, "--- FAIL: TestAdd"},
		{"-timeout 1ns ./sub", 1, "panic: test timed out after 1ns"},
		{"./...", 0, "ok  \texample.com/tested/sub\t"}, // again, and not out of go's cache
	} {
		r := mkimage(t, dir, append([]string{"test"}, strings.Fields(c.words)...)...)
		if r.code != c.code || !strings.Contains(r.stdout, c.want) || strings.Contains(r.stdout, "(cached)") {
			t.Errorf("mkimage test %s: code %d, wanted %d and %q in\n%s\n%s", c.words, r.code, c.code, c.want, r.stdout, r.stderr)
		}
	}
	const gzipped = "\x1f\x8b"
	for name, begin := range map[string]string{"cover": "mode: set\nexample.com/tested/sub/sub.go:3.24,4.12 1 1\n",
		"heap": gzipped, "cpu": gzipped, "block": gzipped, "mutex": gzipped, "trace": "go 1.2"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.HasPrefix(string(text), begin) {
			t.Errorf("the profile %s: %q, %v", name, text, err)
		}
	}
}
