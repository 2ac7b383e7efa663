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

// expected is a profile that a program is to hand out.
type expected struct {
	what string
	file string // absolute
}

// expectProfiles has the profiles handed out that are wanted.
func (g *guestFlags) expectProfiles() (list []expected, err error) {
	for _, p := range []struct{ what, inside, outside string }{
		{"heap", profile.HeapPath, g.profile}, {"CPU", profile.CPUPath, g.cpu},
	} {
		if p.outside == "" {
			continue
		}
		file, err := filepath.Abs(p.outside)
		if err != nil {
			return nil, err
		}
		g.handOut(p.inside, file)
		list = append(list, expected{p.what, file})
	}
	return list, nil
}

// removeOld removes profiles of another run, when this one is about to begin: the
// program may end without writing its own.
func removeOld(list []expected) error {
	for _, p := range list {
		if err := os.Remove(p.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// sayMissing says which profiles did not come.
func sayMissing(list []expected) {
	for _, p := range list {
		if !exists(p.file) {
			fmt.Fprintf(os.Stderr, "mkimage: no %s profile: the program did not return from main or call os.Exit\n", p.what)
		}
	}
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
