// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The list of rules that read source text. Host only.

package lint

// Rule is one rule of the house.
type Rule struct {
	Name  string
	Check func(*Tree) []Finding
}

// Rules lists the rules in the order in which a reader of their findings should mend them.
var Rules = []Rule{
	{"gofmt", gofmt},
	{"license", license},
	{"filehead", fileHead},
	{"pkgdoc", packageDoc},
	{"exported", exported},
	{"size", size},
	{"lattice", lattice},
	{"tags", buildTags},
	{"trials", trials},
	{"unsafe", unsafeUse},
	{"nosplit", nosplit},
	{"door", door},
	{"pkginit", packageInit},
	{"constructs", constructs},
	{"unused", unused},
	{"globals", globals},
	{"skips", skips},
	{"stubs", stubs},
	{"leaks", leaks},
	{"spawn", spawn},
}

// each collects what check finds in the files.
func each(files []*File, check func(*File) []Finding) []Finding {
	var found []Finding
	for _, f := range files {
		found = append(found, check(f)...)
	}
	return found
}
