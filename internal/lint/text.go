// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Rules about form: gofmt, licence lines, comments that must be there. Host only.

package lint

import (
	"bytes"
	"go/ast"
	"go/build/constraint"
	"go/format"
	"go/token"
	"slices"
	"strings"
)

// spdx is how every source file begins.
const spdx = "// SPDX-FileCopyrightText: The domlet authors\n// SPDX-License-Identifier: BSD-3-Clause\n"

// gofmt finds files that gofmt would change.
func gofmt(t *Tree) []Finding {
	return each(t.Go(), func(f *File) []Finding {
		want, err := format.Source(f.Text)
		if err != nil {
			return []Finding{f.line(0, "%v", err)}
		}
		if bytes.Equal(want, f.Text) {
			return nil
		}
		return []Finding{f.line(0, "not in gofmt's form: run gofmt -w on it")}
	})
}

// license finds source files that do not begin with the two SPDX lines.
func license(t *Tree) []Finding {
	return each(slices.Concat(t.Go(), t.Assembly()), func(f *File) []Finding {
		if bytes.HasPrefix(f.Text, []byte(spdx)) {
			return nil
		}
		return []Finding{f.line(1, "does not begin with the two SPDX lines")}
	})
}

// fileHead finds source files whose code begins before a comment has said what the file is and where it runs.
func fileHead(t *Tree) []Finding {
	return each(slices.Concat(t.Go(), t.Assembly()), func(f *File) []Finding {
		for i, l := range f.lines() {
			switch {
			case l == "" || constraint.IsGoBuild(l) || strings.HasPrefix(l, "// SPDX-"):
			case strings.HasPrefix(l, "// ") || strings.HasPrefix(l, "/*"):
				return nil
			default:
				return []Finding{f.line(i+1, "code before a comment that says what this file is and in which context it runs")}
			}
		}
		return nil
	})
}

// packageDoc finds packages without a package comment, or with two.
func packageDoc(t *Tree) []Finding {
	docs := map[string]int{}
	for _, f := range t.Sources() {
		if f.AST.Doc.Text() != "" {
			docs[f.dir()]++
		}
	}
	seen := map[string]bool{}
	return each(t.Sources(), func(f *File) []Finding {
		if seen[f.dir()] || docs[f.dir()] == 1 {
			return nil
		}
		seen[f.dir()] = true
		return []Finding{f.line(0, "package %s has %d package comments, not one", f.AST.Name.Name, docs[f.dir()])}
	})
}

// exported finds exported identifiers without a comment. A comment on a group of constants or variables serves all of them.
func exported(t *Tree) []Finding {
	return each(t.Sources(), func(f *File) []Finding {
		var found []Finding
		for _, d := range f.AST.Decls {
			for _, id := range undocumented(d) {
				found = append(found, f.at(id.Pos(), "exported %s has no comment", id.Name))
			}
		}
		return found
	})
}

func undocumented(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc.Text() == "" && d.Name.IsExported() && exportedReceiver(d) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		if d.Doc.Text() == "" || d.Tok == token.TYPE && d.Lparen.IsValid() {
			return undocumentedSpecs(d)
		}
	}
	return nil
}

func undocumentedSpecs(d *ast.GenDecl) []*ast.Ident {
	var ids []*ast.Ident
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Doc.Text() == "" && s.Name.IsExported() {
				ids = append(ids, s.Name)
			}
		case *ast.ValueSpec:
			if s.Doc.Text() == "" && s.Comment.Text() == "" {
				ids = append(ids, slices.DeleteFunc(slices.Clone(s.Names), func(id *ast.Ident) bool { return !id.IsExported() })...)
			}
		}
	}
	return ids
}

// exportedReceiver reports whether a function is one that other packages can name: no method of an unexported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}
