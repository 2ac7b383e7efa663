// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files that a domain hands out through its console. Runs on the host.

package main

import (
	"io"

	"github.com/domlet/domlet/mkimage/internal/handed"
)

// handOut has the domain hand out what the program writes to these files.
func (g *guestFlags) handOut(files []string) {
	g.handed = files
	for _, f := range files {
		g.params = append(g.params, "files.out="+f)
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
