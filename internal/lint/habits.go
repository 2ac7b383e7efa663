// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Rules against habits that decay: state at package level, tests that skip themselves, work left undone. Host only.

package lint

import (
	"go/ast"
	"go/build/constraint"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// globals finds variables at package level that portable rooms write. The file that puts a room together under the domlet
// tag may have them.
func globals(t *Tree) []Finding {
	var files []*File
	for _, f := range t.Sources() {
		if f.zone() == portable && !f.tagged() {
			files = append(files, f)
		}
	}
	written := map[string]bool{}
	for _, f := range files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			for _, e := range targets(n) {
				written[f.dir()+"."+rootName(e)] = true
			}
			return true
		})
	}
	return each(files, func(f *File) []Finding { return writtenVars(f, written) })
}

// tagged reports whether the file has a build constraint that names domlet.
func (f *File) tagged() bool {
	return slices.ContainsFunc(f.lines(), func(l string) bool {
		return constraint.IsGoBuild(l) && strings.Contains(l, "domlet")
	})
}

// writtenVars finds the file's variables that have no value of their own, or are in written as directory.name.
func writtenVars(f *File, written map[string]bool) []Finding {
	var found []Finding
	for _, d := range f.AST.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, s := range gen.Specs {
			v := s.(*ast.ValueSpec)
			for _, id := range v.Names {
				if id.Name != "_" && (len(v.Values) == 0 || written[f.dir()+"."+id.Name]) {
					found = append(found, f.at(id.Pos(), "%s is state at package level in a portable room", id.Name))
				}
			}
		}
	}
	return found
}

// targets lists what a statement writes.
func targets(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	}
	return nil
}

// rootName is the variable that an expression such as x.y[i] is part of.
func rootName(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}

// skips finds tests that skip themselves in silence. A function that skips must look at testing.Short, which is the user's
// choice, or at the environment, where CI=true makes what is missing a failure.
func skips(t *Tree) []Finding {
	return each(t.Go(), func(f *File) []Finding {
		var found []Finding
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.isTest() {
				found = append(found, silentSkips(f, fn)...)
			}
		}
		return found
	})
}

func silentSkips(f *File, fn *ast.FuncDecl) []Finding {
	var calls []*ast.SelectorExpr
	asks := false
	ast.Inspect(fn, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			switch s.Sel.Name {
			case "Skip", "Skipf", "SkipNow":
				calls = append(calls, s)
			case "Short", "Getenv":
				asks = true
			}
		}
		return true
	})
	if asks || len(calls) == 0 {
		return nil
	}
	return []Finding{f.at(calls[0].Pos(), "%s skips without looking at testing.Short or at CI in the environment", fn.Name.Name)}
}

// undone matches the words that mark work left for later.
var undone = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)

// stubs finds source and text that says it is not finished: such things belong in SPEC.md, as "pending".
func stubs(t *Tree) []Finding {
	return each(t.Files, func(f *File) []Finding {
		if strings.HasPrefix(f.Path, "internal/lint/") || f.Path == "go.sum" {
			return nil
		}
		var found []Finding
		for i, l := range f.lines() {
			if m := undone.FindString(l); m != "" {
				found = append(found, f.line(i+1, "%s: finish it, or say so in SPEC.md", m))
			}
		}
		return found
	})
}
