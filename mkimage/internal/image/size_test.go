// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How large an image is, beside the same program as go build makes it. This
// test builds with domlet's own kernel.

package image

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// mostGrowth is what an image may have more than the plain static program, in
// percent of that.
const mostGrowth = 8

// TestSize compares hello with hello, as they come and without symbols. When it
// fails the log says which sections grew.
func TestSize(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, flags := range map[string]string{"whole": "", "stripped": "-ldflags=-s"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GOFLAGS", flags)
			o := Options{Dir: root, Packages: []string{"./examples/hello"}, Source: root, Stderr: testWriter{t}}
			image, plain := build(t, o), filepath.Join(t.TempDir(), "plain")
			goRun(t, root, []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64"}, "build", "-o", plain, "./examples/hello")
			have, base := len(read(t, image)), len(read(t, plain))
			growth := 100 * float64(have-base) / float64(base)
			t.Logf("hello: %d bytes, as a plain program %d: %+.2f %%", have, base, growth)
			if growth > mostGrowth {
				t.Errorf("the image is more than %d %% larger", mostGrowth)
			}
			sections(t, image, plain)
		})
	}
}

// sections logs the sections of the image that differ in size.
func sections(t *testing.T, image, plain string) {
	t.Helper()
	base := map[string]uint64{}
	for _, s := range testkit.ELF(t, plain).Sections {
		base[s.Name] = s.FileSize
	}
	for _, s := range testkit.ELF(t, image).Sections {
		if s.FileSize != base[s.Name] {
			t.Logf("%-18s %8d %+7d", s.Name, s.FileSize, int64(s.FileSize-base[s.Name]))
		}
	}
}

// hello makes only calls that every program makes: what serves the others must
// not be in it. A program that opens a file has it.
func TestUncalledIsNotLinked(t *testing.T) {
	const door = "/rt/posix.(*system)."
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for text, files := range map[string]bool{
		hello: false,
		"package main\n\nimport \"os\"\n\nfunc main() { os.ReadFile(\"/dev/null\") }\n": true,
	} {
		dir := tree(t, map[string]string{"go.mod": "module example.com/calls\n\ngo 1.26\n", "main.go": text})
		image := build(t, Options{Dir: dir, Source: root, Stderr: testWriter{t}})
		linked, tree := map[string]bool{}, false
		for name := range testkit.Symbols(t, testkit.ELF(t, image)) {
			if _, handler, ok := strings.Cut(name, door); ok {
				linked[handler] = true
			}
			tree = tree || strings.Contains(name, "/rt/posix.(*tree).")
		}
		if !linked["fcntl"] || linked["openat"] != files || tree != files {
			t.Errorf("opening files is linked: %v, the tree: %v, want %v, into\n%s", linked["openat"], tree, files, text)
		}
	}
}
