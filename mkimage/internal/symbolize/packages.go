// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Whose code an image holds. Runs on the host and in dom0.

package symbolize

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
)

// Package is a package's share of an image's code.
type Package struct {
	Path      string // as it is imported; empty: what compiler and linker made
	Functions int    // that were not all inlined
	Bytes     int
}

// Packages lists the packages that the image has code of, the largest first.
func (t *Table) Packages() []Package {
	byPath := map[string]*Package{}
	for i := range t.lines.Funcs {
		f := &t.lines.Funcs[i]
		path := importPath(f.PackageName())
		p := byPath[path]
		if p == nil {
			p = &Package{Path: path}
			byPath[path] = p
		}
		p.Functions++
		p.Bytes += int(f.End - f.Entry)
	}
	list := make([]Package, 0, len(byPath))
	for p := range maps.Values(byPath) {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Package) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Path, b.Path))
	})
	return list
}

// importPath undoes what the linker does to dots in the last part of a path.
func importPath(inSymbols string) string {
	if path, err := url.PathUnescape(inSymbols); err == nil {
		return path
	}
	return inSymbols
}
