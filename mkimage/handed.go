// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files that a domain hands out through its console. Runs on the host.

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/domlet/domlet/mkimage/internal/handed"
	"github.com/domlet/domlet/rt/profile"
)

// handOut has the domain hand out what the program writes to the file inside, and
// has it written to outside, which is absolute.
func (g *guestFlags) handOut(inside, outside string) {
	g.handed = append(g.handed, outside)
	g.params = append(g.params, "files.out="+inside)
}

// expectProfiles has the profiles handed out that are wanted; missing says which
// did not come.
func (g *guestFlags) expectProfiles() (missing func(), err error) {
	missingHeap, err := g.expectProfile("heap", profile.HeapPath, g.profile)
	if err != nil {
		return nil, err
	}
	missingCPU, err := g.expectProfile("CPU", profile.CPUPath, g.cpu)
	return func() { missingHeap(); missingCPU() }, err
}

// expectProfile has a profile handed out, if a file is named for it. An old one is
// removed, since the program may end without writing another; missing says so.
func (g *guestFlags) expectProfile(what, inside, outside string) (missing func(), err error) {
	if outside == "" {
		return func() {}, nil
	}
	file, err := filepath.Abs(outside)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	g.handOut(inside, file)
	return func() {
		if !exists(file) {
			fmt.Fprintf(os.Stderr, "mkimage: no %s profile: the program did not return from main or call os.Exit\n", what)
		}
	}, nil
}

// splitter returns what to write the domain's console to: it takes out the files
// and passes the rest to w. Without files it changes nothing.
func (g *guestFlags) splitter(w io.Writer) io.WriteCloser {
	if len(g.handed) == 0 {
		return plain{w}
	}
	return &handed.Splitter{To: w, Files: g.handed}
}

// plain is a writer that needs no closing.
type plain struct{ io.Writer }

// Close does nothing.
func (plain) Close() error { return nil }
