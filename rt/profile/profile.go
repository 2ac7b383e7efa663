// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package profile writes a program's CPU and heap profiles when the program ends,
// with main's return or with os.Exit. mkimage run -cpuprofile and -profile add it
// to the program; a program that crashes writes none. It runs in the program:
// before main, and after all of it.
package profile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"runtime/pprof"
)

// HeapPath and CPUPath are the files in the domain's tree that the profiles are
// written to. mkimage has the domain hand them out; a profile whose file is not
// there is not wanted.
const (
	HeapPath = "/domlet/heap"
	CPUPath  = "/domlet/cpu"
)

func init() {
	begin()
	atExit(func() {
		pprof.StopCPUProfile()
		complain("heap", write(HeapPath, heap))
	})
}

// begin begins the CPU profile. It is in memory until it is stopped.
func begin() { complain("CPU", write(CPUPath, pprof.StartCPUProfile)) }

// heap writes the profile of the heap as it is after a collection.
func heap(w io.Writer) error {
	runtime.GC()
	return pprof.WriteHeapProfile(w)
}

// write has a profile written to a file, which stays open: the CPU profile comes
// at the end.
func write(path string, profile func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = profile(f)
	}
	return err
}

// complain says what went wrong where the program's own errors go, since there is
// nobody to give it to.
func complain(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "domlet: no %s profile: %v\n", what, err)
	}
}
