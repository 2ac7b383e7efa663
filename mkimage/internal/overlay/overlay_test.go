// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The table against the Go that runs the tests, and its refusals.

package overlay

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "add the hashes of the GOROOT given as argument to hashes.txt")

// copyRoot makes a tree with the files that the table touches.
func copyRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range sources() {
		data, err := os.ReadFile(filepath.Join(runtime.GOROOT(), "src", name))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(root, "src", name)
		os.MkdirAll(filepath.Dir(to), 0o755)
		if err := os.WriteFile(to, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestMakeKeepsLineNumbers(t *testing.T) {
	t.Setenv("DOMLET_CACHE", t.TempDir())
	root := copyRoot(t)
	r, err := Make(root, runtime.Version(), Added())
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range r.Replace {
		old, err := os.ReadFile(from)
		name := strings.TrimPrefix(from, root+"/src/")
		if (to == "") != (removed[name] != "") {
			t.Errorf("%s is removed, or not, against the table", name)
		}
		if err != nil || replaced[name] != nil || to == "" {
			continue
		}
		data, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := strings.Count(string(old), "\n"), strings.Count(string(data), "\n"); a != b {
			t.Errorf("%s has %d lines, was %d", from, b, a)
		}
		if strings.HasSuffix(to, ".s") && slices.Contains(strings.Split(string(data), "\n"), "\tSYSCALL") {
			t.Errorf("%s still has a SYSCALL", to)
		}
	}
}

func TestMakeIsRepeatable(t *testing.T) {
	t.Setenv("DOMLET_CACHE", t.TempDir())
	one, err1 := Make(copyRoot(t), runtime.Version(), Added())
	two, err2 := Make(copyRoot(t), runtime.Version(), Added())
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	values := func(r *Result) (v []string) {
		for _, to := range r.Replace {
			v = append(v, to)
		}
		slices.Sort(v)
		return v
	}
	if !slices.Equal(values(one), values(two)) {
		t.Error("equal files were put in different places")
	}
}

// An edited file is refused by name: by its hash in a known release, by the
// anchors in any other.
func TestMakeRefusesEditedFile(t *testing.T) {
	t.Setenv("DOMLET_CACHE", t.TempDir())
	root := copyRoot(t)
	path := filepath.Join(root, "src/runtime/stack.go")
	data, _ := os.ReadFile(path)
	os.WriteFile(path, append(data, "// harmless\n"...), 0o644)
	_, err := Make(root, runtime.Version(), Added())
	wantError(t, err, path+" is not the file of go")
	if _, err := Make(root, "go1.27.99", Added()); err != nil {
		t.Errorf("a harmless change in an unknown release: %v", err)
	}
	os.WriteFile(path, []byte(strings.Replace(string(data), "stackMin = 2048", "stackMin = 4096", 1)), 0o644)
	_, err = Make(root, "go1.27.99", Added())
	wantError(t, err, path+" cannot be edited (0 lines match")
	os.Remove(path)
	_, err = Make(root, runtime.Version(), Added())
	wantError(t, err, "is not a whole Go tree")
}

func wantError(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got error %v, want one line with %q", err, part)
	}
}

func TestSupported(t *testing.T) {
	for v, want := range map[string]bool{
		"go1.26.3": true, "go1.26.8": true, "go1.26.8 X:norandomizedheapbase64": true, "go1.27.0": true, "go1.27.1": true,
		"go1.26.2": false, "go1.26": false, "go1.27rc1": false, "go1.25.5": false, "go1.28.0": false, "devel go1.28-abc": false,
	} {
		if err := Supported(v); (err == nil) != want {
			t.Errorf("Supported(%q) = %v", v, err)
		}
	}
	wantError(t, Supported("go1.25.5"), "Go 1.25.5 is not supported: domlet supports 1.26 (from 1.26.3) and 1.27")
}

// TestCommonCalls holds the calls that the table sends through the door of what
// every program calls against rt/posix's list of what that door serves.
func TestCommonCalls(t *testing.T) {
	list, err := os.ReadFile("../../../rt/posix/calls.txt")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^\d+ (\w+)\(.* = common `).FindAllSubmatch(list, -1) {
		want = append(want, strings.ToUpper(string(m[1])))
	}
	files, err := edited(runtime.GOROOT(), runtime.Version())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range regexp.MustCompile(`domletCommon6?\(SYS_(\w+),`).FindAllSubmatch(files[wrappers], -1) {
		got = append(got, string(m[1]))
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(got) == 0 || !slices.Equal(got, want) {
		t.Errorf("package syscall calls %v by the common door, which serves %v", got, want)
	}
}

// TestHashes checks that each known release is known whole. With -update and
// the root of an unchanged Go release as argument it adds that release.
func TestHashes(t *testing.T) {
	if *update {
		for _, root := range flag.Args() {
			addRelease(t, root)
		}
	}
	for line := range strings.Lines(hashes) {
		release := strings.Fields(line)[0]
		if err := Supported(release); err != nil {
			t.Error(err)
		}
		for _, name := range sources() {
			if known(release)[name] == "" {
				t.Errorf("%s has no hash of %s", release, name)
			}
		}
	}
}

func addRelease(t *testing.T, root string) {
	data, err := os.ReadFile(filepath.Join(root, "VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	release, _, _ := strings.Cut(string(data), "\n")
	for line := range strings.Lines(hashes) {
		if strings.HasPrefix(line, release+" ") {
			hashes = strings.Replace(hashes, line, "", 1)
		}
	}
	for _, name := range sources() {
		data, err := os.ReadFile(filepath.Join(root, "src", name))
		if err != nil {
			t.Fatal(err)
		}
		hashes += fmt.Sprintf("%s %s %s\n", release, name, hash(data))
	}
	hashes = strings.Join(slices.Sorted(strings.Lines(hashes)), "")
	if err := os.WriteFile("hashes.txt", []byte(hashes), 0o644); err != nil {
		t.Fatal(err)
	}
}
