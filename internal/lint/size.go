// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How long functions and files may be. Host only.

package lint

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// Limits in lines. The medians and the 90th percentile are of the code without tests and generated files.
const (
	maxFunc    = 80
	medianFunc = 10
	maxLines   = 600
	p90Lines   = 350
)

// minSample is the number of functions or files below which a percentile says nothing.
const minSample = 10

// sized is a function or a file with its length in lines.
type sized struct {
	f     *File
	line  int
	name  string
	lines int
}

// size finds functions and files that are too long, and a tree that is too long on the whole.
func size(t *Tree) []Finding {
	var funcs, files []sized
	var found []Finding
	for _, f := range t.Go() {
		if f.isGenerated() {
			continue
		}
		file := sized{f, 0, "file", strings.Count(string(f.Text), "\n")}
		fs := functions(f)
		found = append(found, tooLong(fs, maxFunc)...)
		found = append(found, tooLong([]sized{file}, maxLines)...)
		if !f.isTest() {
			funcs, files = append(funcs, fs...), append(files, file)
		}
	}
	found = append(found, tooLongAsAWhole(funcs, 50, medianFunc, "functions")...)
	return append(found, tooLongAsAWhole(files, 90, p90Lines, "files")...)
}

// functions lists the functions of a file that have a body.
func functions(f *File) []sized {
	var fs []sized
	for _, d := range f.AST.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			first, last := f.fset.Position(fn.Pos()).Line, f.fset.Position(fn.End()).Line
			fs = append(fs, sized{f, first, "func " + fn.Name.Name, last - first + 1})
		}
	}
	return fs
}

func tooLong(list []sized, limit int) []Finding {
	var found []Finding
	for _, s := range list {
		if s.lines > limit {
			found = append(found, s.f.line(s.line, "%s has %d lines, the limit is %d", s.name, s.lines, limit))
		}
	}
	return found
}

// tooLongAsAWhole compares a percentile of the lengths with its limit, and names the longest where it is over.
func tooLongAsAWhole(list []sized, percent, limit int, what string) []Finding {
	if len(list) < minSample {
		return nil
	}
	slices.SortStableFunc(list, func(a, b sized) int { return b.lines - a.lines })
	got := list[len(list)*(100-percent)/100].lines
	if got <= limit {
		return nil
	}
	text := fmt.Sprintf("%d%% of %s have at most %d lines, the limit is %d; the longest:", percent, what, got, limit)
	for _, s := range list[:minSample] {
		text += fmt.Sprintf("\n\t%4d  %s %s", s.lines, s.f.Path, s.name)
	}
	return []Finding{{Text: text}}
}
