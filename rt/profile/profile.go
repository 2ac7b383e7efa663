// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package profile writes a program's heap profile when the program ends, with
// main's return or with os.Exit. mkimage run -profile adds it to the program; a
// program that crashes writes none. It runs in the program, after all of it.
package profile

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// Path is the file in the domain's tree that the profile is written to. mkimage
// has the domain hand it out.
const Path = "/domlet/profile"

func init() { atExit(end) }

// end says what went wrong where the program's own errors go, since there is
// nobody left to give it to.
func end() {
	if err := write(); err != nil {
		fmt.Fprintln(os.Stderr, "domlet: no heap profile:", err)
	}
}

// write writes the profile, of the heap as it is after a collection.
func write() error {
	f, err := os.OpenFile(Path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	runtime.GC()
	if err := pprof.WriteHeapProfile(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
