// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Lazy loading of the module graph, which a workspace does not have.
//
// For a module of its own the go command reads only those go.mod files that
// the packages to build need; for a workspace it reads those of all
// requirements. A clone that was built but not tidied lacks some of them, and
// without the network could not be built. Each of them is replaced by an empty
// module: the go command has found all packages without it before.

package inject

import (
	"fmt"
	"go/version"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// lazyGraph walks the requirements of a main module.
type lazyGraph struct {
	modCache string
	main     string // directory of the main module
	replace  []*modfile.Replace
	seen     map[module.Version]bool // and whether deep
	absent   []module.Version        // whose go.mod is not on this machine
}

// absent returns the requirements in main's go.mod, direct or not, that the go
// command has not downloaded.
func absent(main *modfile.File, dir, modCache string) []module.Version {
	if main.Go == nil || unpruned(main) {
		return nil // its own builds read everything, too
	}
	g := &lazyGraph{modCache: modCache, main: dir, replace: main.Replace, seen: map[module.Version]bool{}}
	g.visit(main, false)
	return g.absent
}

// unpruned reports whether a module is of the time before lazy loading, when a
// go.mod did not list indirect requirements.
func unpruned(f *modfile.File) bool {
	return f.Go == nil || version.Compare("go"+f.Go.Version, "go1.17") < 0
}

// visit looks at the requirements of f; deep, or below a module that does not
// list its indirect requirements, it looks at theirs.
func (g *lazyGraph) visit(f *modfile.File, deep bool) {
	for _, r := range f.Require {
		wasDeep, seen := g.seen[r.Mod]
		if seen && (wasDeep || !deep) {
			continue
		}
		g.seen[r.Mod] = deep
		data, err := os.ReadFile(g.file(r.Mod))
		if err != nil && !seen {
			g.absent = append(g.absent, r.Mod)
		}
		below, err := modfile.ParseLax("go.mod", data, nil)
		if err == nil && len(data) > 0 && (deep || unpruned(below)) {
			g.visit(below, true)
		}
	}
}

// file is the path of a module's go.mod.
func (g *lazyGraph) file(m module.Version) string {
	for _, r := range g.replace {
		if r.Old.Path != m.Path || r.Old.Version != "" && r.Old.Version != m.Version {
			continue
		}
		if r.New.Version == "" {
			return filepath.Join(absolute(g.main, r.New.Path), "go.mod")
		}
		m = r.New
		break
	}
	path, _ := module.EscapePath(m.Path) // what go.mod holds can be escaped
	v, _ := module.EscapeVersion(m.Version)
	return filepath.Join(g.modCache, "cache/download", path, "@v", v+".mod")
}

// replaceAbsent adds the empty modules to the workspace and its files.
func (w *workspace) replaceAbsent(files map[string][]byte) error {
	for i, m := range w.absent {
		dir := fmt.Sprintf("absent/%d", i)
		files[dir+"/go.mod"] = fmt.Appendf(nil, "module %s\n\ngo 1.17\n", m.Path)
		if err := w.file.AddReplace(m.Path, m.Version, "./"+dir, ""); err != nil {
			return err
		}
	}
	return nil
}
