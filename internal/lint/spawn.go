// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Goroutines that no slice would contain. Host only.

package lint

import (
	"go/ast"
	"slices"
	"strings"
)

// slicesRun is the file that starts the goroutines of all slices.
const slicesRun = "services/slice/run.go"

// otherWays are functions and types of std by which a goroutine is started without a go statement. The timers of xen/clock are
// not among them: a slice gives a clock whose functions it contains.
var otherWays = []string{"context.AfterFunc", "sync.WaitGroup", "time.AfterFunc"}

// spawn finds goroutines of services and of xen/vchan that slice.Go did not start: a panic in one of them would end the service
// for everybody.
func spawn(t *Tree) []Finding {
	var files []*File
	for _, f := range t.Sources() {
		if f.Path != slicesRun && (below(f.dir(), "services") || below(f.dir(), "xen/vchan")) {
			files = append(files, f)
		}
	}
	return each(files, spawnFile)
}

func spawnFile(f *File) []Finding {
	var found []Finding
	ast.Inspect(f.AST, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, f.at(n.Pos(), "a go statement: start the goroutine with Go of its slice, which contains a panic"))
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && slices.Contains(otherWays, x.Name+"."+n.Sel.Name) {
				found = append(found, f.at(n.Pos(), "%s.%s starts goroutines that no slice contains", x.Name, n.Sel.Name))
			}
		case *ast.ImportSpec:
			if strings.Contains(n.Path.Value, "errgroup") {
				found = append(found, f.at(n.Pos(), "errgroup starts goroutines that no slice contains"))
			}
		}
		return true
	})
	return found
}
