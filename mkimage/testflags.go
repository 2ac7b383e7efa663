// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The flags of test binaries in a domain, whose files end with it. Runs on the host.

package main

import (
	"fmt"
	"strings"
)

// testFlag says what becomes of a flag of a test binary.
type testFlag int

const (
	keepFlag   testFlag = iota
	dropFlag            // go test passes it by itself; nothing is lost without it
	refuseFlag          // somebody asked for a file that would be lost
	folderFlag          // names a folder that the test must find
)

// testFlags lists the flags that name files; all others are kept.
var testFlags = map[string]testFlag{
	"testlogfile":  dropFlag,
	"outputdir":    dropFlag,
	"gocoverdir":   folderFlag,
	"coverprofile": refuseFlag,
	"cpuprofile":   refuseFlag,
	"memprofile":   refuseFlag,
	"blockprofile": refuseFlag,
	"mutexprofile": refuseFlag,
	"trace":        refuseFlag,
	"fuzz":         refuseFlag,
	"fuzzcachedir": refuseFlag,
}

// testArgs returns the arguments of a test binary without the flags that mean
// nothing in a domain, and the folders that the others name, as -files takes them.
// A flag whose file somebody wants is an error.
func testArgs(args []string) (kept, folders []string, err error) {
	for i := 0; i < len(args); i++ {
		name, inline := testFlagName(args[i])
		switch testFlags[name] {
		case refuseFlag:
			return nil, nil, fmt.Errorf("what a domain writes for -%s ends with it: leave the flag out", name)
		case folderFlag:
			if _, folder, ok := strings.Cut(args[i], "="); ok { // as go test writes it
				folders = append(folders, sameName(folder))
			}
			kept = append(kept, args[i])
		case keepFlag:
			kept = append(kept, args[i])
		case dropFlag:
			if !inline {
				i++ // its value
			}
		}
	}
	return kept, folders, nil
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
