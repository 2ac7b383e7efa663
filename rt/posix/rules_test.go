// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// The package's own rules, checked on its source and on what the compiler made
// of it.

package posix

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sources parses every non-test file of the package.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	return files
}

// TestImports: everything linked here is in every image.
func TestImports(t *testing.T) {
	allowed := []string{`"runtime"`, `"sync"`, `"sync/atomic"`, `"github.com/domlet/domlet/rt/kernel/cmdline"`}
	for name, file := range sources(t) {
		for _, i := range file.Imports {
			unsafeFile := strings.HasSuffix(name, "_unsafe.go") && i.Path.Value == `"unsafe"`
			if !unsafeFile && !slices.Contains(allowed, i.Path.Value) {
				t.Errorf("%s imports %s", name, i.Path.Value)
			}
		}
	}
}

// TestNothingStarts: no goroutine of ours, no package init, and no variable
// but the root and the read-only tables.
func TestNothingStarts(t *testing.T) {
	for name, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", name)
			case *ast.FuncDecl:
				if n.Name.Name == "init" {
					t.Errorf("%s has an init function", name)
				}
			}
			return true
		})
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				checkVariable(t, name, g)
			}
		}
	}
}

func checkVariable(t *testing.T, file string, g *ast.GenDecl) {
	t.Helper()
	for _, spec := range g.Specs {
		v := spec.(*ast.ValueSpec).Names[0].Name
		if !slices.Contains([]string{"root", "index", "entries"}, v) {
			t.Errorf("%s has the package variable %s", file, v)
		}
	}
}

// TestNoInitCode: the tables must be data. The compiler may leave an init
// function that holds nothing but its return.
func TestNoInitCode(t *testing.T) {
	out, err := exec.Command("go", "list", "-tags", "domlet", "-export", "-f", "{{.Export}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	list, err := exec.Command("go", "tool", "nm", "-size", strings.TrimSpace(string(out))).Output()
	if err != nil {
		t.Fatal(err)
	}
	symbol := regexp.MustCompile(`(?m)^.*\s(\d+) T .*/rt/posix\.init(\.\d+)?$`)
	for _, m := range symbol.FindAllStringSubmatch(string(list), -1) {
		if m[1] != "1" {
			t.Errorf("package init has code: %s", m[0])
		}
	}
	if !strings.Contains(string(list), "rt/posix.entries") {
		t.Error("no table in the compiled package: the test looks at the wrong thing")
	}
}

// TestArgumentsStayOnTheStack: what holds a caller's pointers must not be
// moved to the heap, where the stack copier does not look.
func TestArgumentsStayOnTheStack(t *testing.T) {
	out, err := exec.Command("go", "build", "-tags", "domlet", "-gcflags=-m", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := string(out)
	if !strings.Contains(text, "does not escape") {
		t.Fatal("the compiler said nothing: the test looks at the wrong thing")
	}
	own := []string{"line", "name"} // text of ours, without pointers
	for _, m := range regexp.MustCompile(`(?m)^.*moved to heap: (\w+)$`).FindAllStringSubmatch(text, -1) {
		if !slices.Contains(own, m[1]) {
			t.Error(m[0])
		}
	}
}
