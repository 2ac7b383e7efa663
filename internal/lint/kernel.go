// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Rules for code that runs without an allocator or near the hardware: unsafe, nosplit, start-up code, and the constructs
// of Go that need the runtime. Host only.

package lint

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// unsafeName matches the names of files that may use unsafe in rooms that are not privileged.
var unsafeName = regexp.MustCompile(`_unsafe(_test)?\.go$`)

// unsafeUse finds unsafe where it must not be, and uses of it that give no reason.
func unsafeUse(t *Tree) []Finding { return each(t.Go(), unsafeFile) }

func unsafeFile(f *File) []Finding {
	i := slices.IndexFunc(f.AST.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"unsafe"` })
	z := f.zone()
	if i < 0 || f.isOverlay() || z == privileged || z == data {
		return nil
	}
	spec := f.AST.Imports[i]
	switch {
	case f.isPlain():
		return []Finding{f.at(spec.Pos(), "this room does not use unsafe")}
	case spec.Name != nil && spec.Name.Name == "_":
		return nil // only for a linkname: nothing unsafe can be written with it
	case !unsafeName.MatchString(f.Path):
		return []Finding{f.at(spec.Pos(), "unsafe is imported outside a privileged room in a file not named *_unsafe.go")}
	case f.isTest():
		return nil
	}
	return unexplained(f)
}

// reason matches a declaration's comment that speaks of what its unsafe code is about.
var reason = regexp.MustCompile(`(?i)\b(unsafe|pointers?|address|addresses|memory|layout)\b`)

// unexplained finds uses of unsafe without a comment in the same line or the one above, in declarations whose own comment
// does not speak of it either.
func unexplained(f *File) []Finding {
	commented := commentedLines(f)
	var found []Finding
	for _, d := range f.AST.Decls {
		if reason.MatchString(docOf(d)) {
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && isIdent(s.X, "unsafe") && !commented[f.fset.Position(s.Pos()).Line] {
				found = append(found, f.at(s.Pos(), "unsafe.%s without its reason in this line or the one above", s.Sel.Name))
			}
			return true
		})
	}
	return found
}

// commentedLines has the lines that hold a comment, and the line after each comment.
func commentedLines(f *File) map[int]bool {
	lines := map[int]bool{}
	for _, g := range f.AST.Comments {
		for l := f.fset.Position(g.Pos()).Line; l <= f.fset.Position(g.End()).Line+1; l++ {
			lines[l] = true
		}
	}
	return lines
}

func docOf(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc.Text()
	case *ast.GenDecl:
		return d.Doc.Text()
	}
	return ""
}

// door finds functions that the overlay adds to package syscall, take a uintptr and are not nosplit: a pointer is a number
// there, and a stack that moves would leave it behind. (What becomes of it in rt/posix is vet's unsafeptr check.)
func door(t *Tree) []Finding {
	return each(t.Go(), func(f *File) []Finding {
		if !f.isOverlay() || !strings.HasSuffix(f.dir(), "/syscall") {
			return nil
		}
		var found []Finding
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Body != nil && takesUintptr(fn) && !hasDirective(fn, "//go:nosplit") {
				found = append(found, f.at(fn.Pos(), "%s is not nosplit: its arguments may go stale", fn.Name.Name))
			}
		}
		return found
	})
}

func takesUintptr(fn *ast.FuncDecl) bool {
	return slices.ContainsFunc(fn.Type.Params.List, func(p *ast.Field) bool { return isIdent(p.Type, "uintptr") })
}

func hasDirective(fn *ast.FuncDecl, directive string) bool {
	return fn.Doc != nil && slices.ContainsFunc(fn.Doc.List, func(c *ast.Comment) bool {
		return c.Text == directive || strings.HasPrefix(c.Text, directive+" ")
	})
}

// reasonsNosplit reports whether a comment speaks of nosplit, or the directive in it has text of its own.
func reasonsNosplit(doc *ast.CommentGroup) bool {
	return strings.Contains(strings.ToLower(doc.Text()), "nosplit") ||
		slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:nosplit // ") })
}

// allNosplit matches a comment that gives one reason for many functions of a file.
var allNosplit = regexp.MustCompile(`(?is)\b(all|below|each|every|everything|here)\b[^.]*\bnosplit\b`)

// nosplit finds functions marked go:nosplit where neither their comment nor one for the whole file says why, and assembly
// functions without a comment.
func nosplit(t *Tree) []Finding {
	return append(each(t.Go(), nosplitGo), each(t.Assembly(), commentedText)...)
}

func nosplitGo(f *File) []Finding {
	if slices.ContainsFunc(f.AST.Comments, func(g *ast.CommentGroup) bool { return allNosplit.MatchString(g.Text()) }) {
		return nil
	}
	var found []Finding
	for _, d := range f.AST.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && hasDirective(fn, "//go:nosplit") && !reasonsNosplit(fn.Doc) {
			found = append(found, f.at(fn.Pos(), "%s: its comment does not say why it is nosplit", fn.Name.Name))
		}
	}
	return found
}

// commentedText finds assembly functions with no comment directly above. A function made by a macro is documented there.
func commentedText(f *File) []Finding {
	var found []Finding
	above := ""
	for i, l := range f.lines() {
		if strings.HasPrefix(l, "TEXT") && !strings.HasPrefix(above, "//") && !strings.HasSuffix(above, `\`) {
			found = append(found, f.line(i+1, "no comment above %s", strings.Fields(l)[1]))
		}
		above = l
	}
	return found
}

// packageInit finds code that would run before main in a privileged room.
func packageInit(t *Tree) []Finding {
	return each(privilegedSources(t), func(f *File) []Finding {
		var found []Finding
		for _, d := range f.AST.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.Name == "init" && d.Recv == nil {
					found = append(found, f.at(d.Pos(), "func init in a privileged room"))
				}
			case *ast.GenDecl:
				found = append(found, initialised(f, d)...)
			}
		}
		return found
	})
}

// initialised finds variables whose first value must be computed when the program starts.
func initialised(f *File, d *ast.GenDecl) []Finding {
	if d.Tok != token.VAR {
		return nil
	}
	var found []Finding
	for _, s := range d.Specs {
		for _, v := range s.(*ast.ValueSpec).Values {
			ast.Inspect(v, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if ok && !isLayout(call) {
					found = append(found, f.at(call.Pos(), "a variable of a privileged room is initialised by a call"))
				}
				return !ok
			})
		}
	}
	return found
}

// isLayout reports whether a call is one of unsafe's constants.
func isLayout(c *ast.CallExpr) bool {
	s, ok := c.Fun.(*ast.SelectorExpr)
	return ok && isIdent(s.X, "unsafe") && slices.Contains([]string{"Sizeof", "Offsetof", "Alignof"}, s.Sel.Name)
}

// constructs finds the parts of the language that need the allocator, the scheduler or type descriptors.
func constructs(t *Tree) []Finding {
	return each(privilegedSources(t), func(f *File) []Finding {
		var found []Finding
		var look func(ast.Node) bool
		look = func(n ast.Node) bool {
			if fn, ok := n.(*ast.FuncType); ok { // its type parameters are gone when it runs
				ast.Inspect(fn.Params, look)
				if fn.Results != nil {
					ast.Inspect(fn.Results, look)
				}
				return false
			}
			if what := construct(n); what != "" {
				found = append(found, f.at(n.Pos(), "%s in a privileged room", what))
			}
			return true
		}
		ast.Inspect(f.AST, look)
		return found
	})
}

// construct names what a node is, if privileged code may not have it.
func construct(n ast.Node) string {
	switch n := n.(type) {
	case *ast.MapType:
		return "map"
	case *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
		return "channel"
	case *ast.InterfaceType, *ast.TypeAssertExpr, *ast.TypeSwitchStmt:
		return "interface"
	case *ast.FuncLit:
		return "function literal"
	case *ast.GoStmt:
		return "go statement"
	case *ast.DeferStmt:
		return "defer"
	case *ast.Field:
		if isIdent(n.Type, "any") || isIdent(n.Type, "error") {
			return "interface"
		}
	case *ast.CallExpr:
		return allocator(n.Fun)
	}
	return ""
}

// allocator names the built-in function that an expression is, if it allocates or unwinds.
func allocator(fun ast.Expr) string {
	for _, name := range []string{"append", "make", "new", "print", "println", "recover"} {
		if isIdent(fun, name) {
			return name
		}
	}
	return ""
}

func privilegedSources(t *Tree) []*File {
	return slices.DeleteFunc(t.Sources(), func(f *File) bool { return f.zone() != privileged })
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
