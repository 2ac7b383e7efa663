// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The command line of mkimage test, and the files of a package, without a domain.
// Runs on the host.

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// parsed takes a line apart as mkimage test does.
func parsed(words string) (*testLine, *guestFlags, error) {
	var guest guestFlags
	cmd := &cobra.Command{}
	guest.add(cmd, testMemory)
	guest.addExec(cmd)
	l, err := parseTest(cmd.Flags(), strings.Fields(words))
	return l, &guest, err
}

func TestTestLine(t *testing.T) {
	for _, c := range []struct{ in, domain, build, goTest string }{
		{"", "", "", "test -exec=X -p=1"},
		{"sort strings", "", "", "test -exec=X -p=1 sort strings"},
		{"-type pvh -v --memory=32 sort", "-type=pvh -memory=32", "", "test -exec=X -p=1 -v=true sort"},
		{"./... -run=^X$ -test.count 1 -p 4", "", "", "test -exec=X -run=^X$ -count=1 -p=4 ./..."},
		{"-smp 2 . -- -smp 3 -v", "-smp=2", "", "test -exec=X -p=2 . -args -smp 3 -v"},
		{"-tags a,b -trimpath -gcflags=-N . -args x", "", "-tags=a,b -trimpath=true -gcflags=-N", "test -exec=X -p=1 . -args x"},
		{"-itself debug/elf", "-itself=true", "", "test -exec=X -p=1 debug/elf"},
		{"-meminfo -cover=false -bench .", "-meminfo=true", "", "test -exec=X -p=1 -cover=false -bench=."},
	} {
		l, guest, err := parsed(c.in)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		got := []string{strings.Join(l.domain, " "), strings.Join(l.build, " "), strings.Join(l.goTest("X", guest.smp), " ")}
		if want := []string{c.domain, c.build, c.goTest}; !slices.Equal(got, want) {
			t.Errorf("%q\n gives  %q\n wanted %q", c.in, got, want)
		}
	}
}

func TestTestLineErrors(t *testing.T) {
	for in, want := range map[string]string{
		"-exec time sort":    "leave -exec out: mkimage itself runs the tests",
		"-fuzz X .":          "leave -fuzz out: fuzzing starts child processes",
		"-nonsense .":        "-nonsense is neither mkimage's flag nor go test's",
		". -run":             "-run wants a value",
		"-memory lots":       "-memory",
		"-timeout 5s -cd /x": "-cd is neither",
	} {
		if _, _, err := parsed(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, wanted %q", in, err, want)
		}
	}
}

// TestTestLinePaths sees that a relative path means the same to mkimage exec.
func TestTestLinePaths(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	l, _, err := parsed("-files internal:/x -files . -certs host -certs ca.pem")
	want := []string{"-files=" + here + "/internal:/x", "-files=" + here, "-certs=host", "-certs=" + here + "/ca.pem"}
	if err != nil || !slices.Equal(l.domain, want) {
		t.Errorf("%q, %v, wanted %q", l.domain, err, want)
	}
}

// TestPackageFiles makes a module with a package in it and looks what is taken.
func TestPackageFiles(t *testing.T) {
	top := t.TempDir()
	for _, name := range []string{
		"testdata/above", "m/go.mod", "m/testdata/module", "m/a/testdata/parent", "m/a/other",
		"m/a/p/p.go", "m/a/p/text", "m/a/p/testdata/x.go", "m/a/p/testdata/deep/y", "m/a/p/data/z",
		"m/a/p/sub/sub.go", "m/a/p/sub/testdata/no", "m/a/p/data/nested/go.mod", "m/a/p/.git/config",
	} {
		path := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Join(top, "m/a/p")
	if err := os.Symlink("nowhere", filepath.Join(folder, "dangling")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("text", filepath.Join(folder, "link")); err != nil {
		t.Fatal(err)
	}
	found, err := packageFiles(folder)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range found {
		from, to, _ := strings.Cut(f, ":")
		if from != to {
			t.Errorf("%s goes to %s", from, to)
		}
		found[i] = strings.TrimPrefix(from, top+"/")
	}
	slices.Sort(found)
	want := []string{"m/a/p/data/z", "m/a/p/link", "m/a/p/p.go", "m/a/p/testdata", "m/a/p/text", "m/a/testdata", "m/testdata"}
	if !slices.Equal(found, want) {
		t.Errorf("found  %q\nwanted %q", found, want)
	}
}
