// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Flags of run, exec and test binaries, without a domain. Runs on the host.

package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestNormalizeArgs(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"run -memory 8 ./hello", "run --memory 8 ./hello"},
		{"run -memory=8 ./hello -timeout 5s", "run --memory=8 ./hello --timeout 5s"},
		{"run --memory 8 ./hello -- -memory 9", "run --memory 8 ./hello -- -memory 9"},
		{"run -env -x=1 ./hello", "run --env -x=1 ./hello"},
		{"run ./hello - -h", "run ./hello - -h"},
		{"build -o out -vcpus 2 .", "build -o out --vcpus 2 ."},
		{"build -o=out .", "build -o=out ."},
		{"exec -memory 256 -timeout 5s /tmp/x.test -test.v -test.run X", "exec --memory 256 --timeout 5s /tmp/x.test -test.v -test.run X"},
		{"exec x.test -test.timeout=10m0s", "exec x.test -test.timeout=10m0s"},
		{"lab cp -smp 2 a dom0:b", "lab cp --smp 2 a dom0:b"},
		{"lab sh -- ls -la", "lab sh -- ls -la"},
		{"nonsense -x", "nonsense -x"},
		{"-version", "-version"},
		{"", ""},
	} {
		got := strings.Join(normalizeArgs(newRootCommand(), strings.Fields(c.in)), " ")
		if got != c.want {
			t.Errorf("%s\n gives %s\n wanted %s", c.in, got, c.want)
		}
	}
}

func TestTestArgs(t *testing.T) {
	in := strings.Fields("-test.testlogfile=/tmp/log -test.paniconexit0 --test.v=true -test.outputdir /out -test.gocoverdir=/c " +
		"-test.memprofile m -test.coverprofile=/d/c -test.run X -flag arg")
	want := strings.Fields("-test.paniconexit0 --test.v=true -test.gocoverdir=/c -test.memprofile=/out/m -test.coverprofile=/d/c -test.run X -flag arg")
	l, err := testArgs(in)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(l.args, want) || !slices.Equal(l.folders, []string{"/c:/c"}) || !slices.Equal(l.out, []string{"/out/m", "/d/c"}) {
		t.Errorf("%+v", l)
	}
	for _, word := range []string{"-test.fuzzcachedir=x", "--test.fuzz=x", "-test.fuzz"} {
		if _, err := testArgs([]string{word}); err == nil || !strings.Contains(err.Error(), "leave the flag out") {
			t.Errorf("testArgs(%s): %v", word, err)
		}
	}
}

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("x"), 1},
		{&exitError{code: 7}, 7},
		{failed(errors.New("x")), codeFailed},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("exitCode(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

// TestRunBadInput shows what run and exec say when nothing can be started.
func TestRunBadInput(t *testing.T) {
	program := foreign(t) + "/prog"
	if r := execute(t, ".", "go", "build", "-o", program, "../examples/hello"); r.failed {
		t.Fatal(r.stderr)
	}
	long := strings.Repeat("x", 100_000)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"give a package or an image", []string{"run"}},
		{`"b" is one too many: arguments for the program go behind --`, []string{"run", "a", "b"}},
		{"unknown flag: --mem", []string{"run", "-mem", "8", "a"}},
		{"go.mod is not an ELF file: build an image with mkimage build", []string{"run", "../go.mod"}},
		{"no image for Xen: build it with mkimage build", []string{"run", program}},
		{"unknown domain type \"hvm\": use pv or pvh", []string{"run", "-type", "hvm", program}},
		{"write it as name=value", []string{"run", "-param", "evtchn", program}},
		{"use the program's name or its environment instead", []string{"run", "-param", "argv0=x", program}},
		{"write it as NAME=NUMBER", []string{"run", "-limit", "max_grant_frames=few", program}},
		{"xl has no limit \"memory\"", []string{"run", "-limit", "memory=4", program}},
		{"on one processor only", []string{"run", "-type", "pvh", "-smp", "2", program}},
		{"not an ELF file", []string{"symbolize", "../go.mod"}},
		{"linked as an image", []string{"exec"}},
		{"no image for Xen: build it with mkimage build, or with the settings that mkimage env prints", []string{"exec", program, "-test.v"}},
		{"the command line is 200", []string{"run", program, "--", long, long}},
	} {
		r := mkimage(t, ".", c.args...)
		if !r.failed || !strings.Contains(r.stderr, c.want) || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("mkimage %s: %s", last(strings.Join(c.args, " ")), last(r.stderr))
		}
	}
}

func last(s string) string { return s[max(0, len(s)-300):] }
