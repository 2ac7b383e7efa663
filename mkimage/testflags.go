// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The flags of test binaries that name files. Runs on the host.

package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// testFlag says what becomes of a flag of a test binary.
type testFlag int

const (
	keepFlag   testFlag = iota
	dropFlag            // go test passes it by itself; nothing is lost without it
	refuseFlag          // somebody asked for what a domain cannot do
	folderFlag          // names a folder that the test must find
	outFlag             // names a file that the test writes
)

// testFlags lists the flags that name files; all others are kept.
var testFlags = map[string]testFlag{
	"testlogfile":  dropFlag,
	"outputdir":    dropFlag,
	"gocoverdir":   folderFlag,
	"coverprofile": outFlag,
	"cpuprofile":   outFlag,
	"memprofile":   outFlag,
	"blockprofile": outFlag,
	"mutexprofile": outFlag,
	"trace":        outFlag,
	"fuzz":         refuseFlag,
	"fuzzcachedir": refuseFlag,
}

// testLaunch is the command line of a test binary, as a domain can have it.
type testLaunch struct {
	args    []string
	folders []string // that the domain must find, as -files takes them
	out     []string // files that it writes: absolute paths, the same here and there
}

// testArgs takes the arguments of a test binary, without the flags that mean
// nothing in a domain. A flag that a domain cannot follow is an error.
func testArgs(args []string) (*testLaunch, error) {
	l := &testLaunch{}
	dir, err := filepath.Abs(testOutputDir(args))
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(args); i++ {
		word := args[i]
		name, inline := testFlagName(word)
		kind := testFlags[name]
		if kind == refuseFlag {
			return nil, fmt.Errorf("a domain cannot do -%s: leave the flag out", name)
		}
		if kind != keepFlag && !inline && i+1 < len(args) {
			i++ // the value, which is made part of the word
			word += "=" + args[i]
		}
		l.add(kind, word, dir)
	}
	return l, nil
}

// add takes one argument. Files with relative names are in dir.
func (l *testLaunch) add(kind testFlag, word, dir string) {
	flag, value, _ := strings.Cut(word, "=")
	switch kind {
	case dropFlag:
		return
	case folderFlag:
		l.folders = append(l.folders, sameName(value))
	case outFlag:
		if !filepath.IsAbs(value) {
			value = filepath.Join(dir, value)
		}
		word = flag + "=" + value
		l.out = append(l.out, value)
	}
	l.args = append(l.args, word)
}

// testOutputDir returns what the flag of that name says, "" if it is not there.
func testOutputDir(args []string) string {
	for i, word := range args {
		name, inline := testFlagName(word)
		switch {
		case name != "outputdir":
		case inline:
			_, value, _ := strings.Cut(word, "=")
			return value
		case i+1 < len(args):
			return args[i+1]
		}
	}
	return ""
}

// testFlagName returns X of -test.X or -test.X=value, and whether the value is
// in the word; "" for any other word.
func testFlagName(word string) (name string, inline bool) {
	name, isTest := strings.CutPrefix(strings.TrimPrefix(word, "-"), "-test.")
	if !isTest {
		name, isTest = strings.CutPrefix(word, "-test.")
	}
	if !isTest {
		return "", false
	}
	name, _, inline = strings.Cut(name, "=")
	return name, inline
}
