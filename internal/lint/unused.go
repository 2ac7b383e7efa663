// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Dead code: names that nothing uses. Host only.

package lint

import (
	"go/ast"
	"regexp"
	"strings"
)

// usage counts how often each name occurs, by directory; the name of a declaration counts once.
type usage map[string]map[string]int

func (u usage) add(dir, name string) {
	if u[dir] == nil {
		u[dir] = map[string]int{}
	}
	u[dir][name]++
}

// unused finds functions, methods, types and variables at package level that their package declares and never names again,
// tests aside. Names count, not meanings: two things of one name hide each other.
func unused(t *Tree) []Finding {
	u := usage{}
	for _, f := range t.Sources() {
		u.countGo(f)
	}
	for _, f := range t.Assembly() {
		u.countAssembly(f)
	}
	return each(t.Sources(), func(f *File) []Finding {
		var found []Finding
		for _, id := range declarations(f.AST) {
			if id.Name != "_" && !id.IsExported() && u[f.dir()][id.Name] == 1 {
				found = append(found, f.at(id.Pos(), "%s is never used", id.Name))
			}
		}
		return found
	})
}

// countGo counts the identifiers of a file, and the names that its linkname directives give away.
func (u usage) countGo(f *File) {
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			u.add(f.dir(), id.Name)
		}
		return true
	})
	for _, g := range f.AST.Comments {
		for _, c := range g.List {
			if w := strings.Fields(c.Text); len(w) > 1 && w[0] == "//go:linkname" {
				u.add(f.dir(), w[1])
			}
		}
	}
}

// asmName matches the names of Go things in assembly: a symbol, or a constant, type or field of go_asm.h.
var asmName = regexp.MustCompile(`·(\w+)|\bconst_(\w+)|\b([a-z]\w*)_\w+`)

func (u usage) countAssembly(f *File) {
	for _, m := range asmName.FindAllStringSubmatch(string(f.Text), -1) {
		u.add(f.dir(), m[1]+m[2]+m[3])
	}
}

// declarations lists what a file declares at package level, but for constants: a list of them may be whole for its own sake.
func declarations(f *ast.File) []*ast.Ident {
	var ids []*ast.Ident
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if name := d.Name.Name; d.Recv != nil || name != "main" && name != "init" {
				ids = append(ids, d.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					ids = append(ids, s.Name)
				case *ast.ValueSpec:
					if d.Tok.String() == "var" {
						ids = append(ids, s.Names...)
					}
				}
			}
		}
	}
	return ids
}
