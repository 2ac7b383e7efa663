// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which room imports which, and which rooms take no build tag. Host only.

package lint

import (
	"go/build/constraint"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// leafStd lists the std packages that privileged rooms may import: they need no runtime of their own.
var leafStd = []string{"math/bits", "structs", "sync/atomic", "unsafe"}

// plain lists the rooms that know nothing of where they run: no unsafe, no build tag.
var plain = []string{"xen/clock", "xen/console", "xen/platform", "xen/ring", "xen/store", "xen/vchan", "net/netif", "services"}

// lattice finds imports that do not run down, and directories that are no room of the house.
func lattice(t *Tree) []Finding { return each(t.Sources(), latticeFile) }

func latticeFile(f *File) []Finding {
	r, ok := roomOf(f.dir())
	if !ok {
		return []Finding{f.line(0, "no room of the house: add %s to the table in internal/lint", f.dir())}
	}
	var found []Finding
	for _, spec := range f.AST.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		if !r.mayImport(p) {
			found = append(found, f.at(spec.Pos(), "%s (%s) may not import %s", r.path, r.zone, p))
		}
	}
	return found
}

func (r room) mayImport(p string) bool {
	own, ours := strings.CutPrefix(p, Module+"/")
	switch {
	case ours:
		return below(own, r.path) || slices.ContainsFunc(r.imports, func(to string) bool { return below(own, to) })
	case strings.Contains(strings.SplitN(p, "/", 2)[0], "."):
		return slices.Contains(r.imports, "*")
	case r.zone == privileged || r.zone == data:
		return slices.Contains(leafStd, p)
	}
	return true
}

// isPlain reports whether the file is in a room that knows nothing of where it runs.
func (f *File) isPlain() bool {
	return f.zone() == portable && slices.ContainsFunc(plain, func(p string) bool { return below(f.dir(), p) })
}

// platformName matches file names that the go command takes as a build constraint.
var platformName = regexp.MustCompile(`_(linux|windows|darwin|amd64|arm64|386)\.go$`)

// buildTags finds build constraints in rooms that must be the same everywhere.
func buildTags(t *Tree) []Finding {
	return each(t.Sources(), func(f *File) []Finding {
		if !f.isPlain() {
			return nil
		}
		if platformName.MatchString(f.Path) {
			return []Finding{f.line(0, "this room takes no build constraint, in a file name either")}
		}
		for i, l := range f.lines() {
			if constraint.IsGoBuild(l) {
				return []Finding{f.line(i+1, "this room takes no build constraint")}
			}
		}
		return nil
	})
}
