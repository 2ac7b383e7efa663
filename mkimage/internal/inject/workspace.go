// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The generated workspace: the program's module or workspace, and domlet.

package inject

import (
	"errors"
	"fmt"
	"go/version"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// workspace is a go.work in the making.
type workspace struct {
	file    *modfile.WorkFile
	sum     []byte           // of go.work.sum
	vendors []string         // directories whose vendor directory the go command would use
	absent  []module.Version // requirements of which only the name is known here
	skipped string           // another copy of domlet that the user's workspace names
	added   []module.Version // requirements that come with domlet
}

// newWorkspace starts from the user's own workspace, from the module of the
// packages, or, for packages of the standard library, from nothing.
func newWorkspace(g *Go, mod *goModule) (*workspace, error) {
	w := &workspace{file: &modfile.WorkFile{Syntax: &modfile.FileSyntax{}}}
	switch {
	case g.work != "" && g.work != "off":
		return w, w.copyWork(g.work)
	case mod != nil:
		return w, w.useModule(mod, g.modCache)
	}
	return w, w.defaults(version.Lang(g.Release)[len("go"):], nil)
}

// useModule makes the workspace of one module behave as that module alone.
func (w *workspace) useModule(mod *goModule, modCache string) error {
	path := filepath.Join(mod.Dir, "go.mod")
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := modfile.Parse(path, data, nil)
	if err != nil {
		return err
	}
	goVersion := "1.16" // what a go.mod without a go line means
	if f.Go != nil {
		goVersion = f.Go.Version
	}
	w.vendors = []string{mod.Dir}
	w.absent = absent(f, mod.Dir, modCache)
	return errors.Join(w.file.AddUse(mod.Dir, ""), w.defaults(goVersion, f.Godebug))
}

// copyWork takes over a go.work, with its paths made absolute.
func (w *workspace) copyWork(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f, err := modfile.ParseWork(path, data, nil)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	w.vendors = []string{dir}
	w.sum, _ = os.ReadFile(path + ".sum") // often not there
	goVersion := "1.18"
	if f.Go != nil {
		goVersion = f.Go.Version
	}
	errs := []error{w.defaults(goVersion, f.Godebug)}
	for _, u := range f.Use {
		if m := absolute(dir, u.Path); isModule(m) {
			w.skipped = m
		} else {
			errs = append(errs, w.file.AddUse(m, ""))
		}
	}
	for _, r := range f.Replace {
		to := r.New.Path
		if r.New.Version == "" {
			to = absolute(dir, to)
		}
		if r.Old.Path != Module {
			errs = append(errs, w.file.AddReplace(r.Old.Path, r.Old.Version, to, r.New.Version))
		}
	}
	return errors.Join(errs...)
}

// defaults sets the go line and the GODEBUG settings: those written down, or
// else those that goVersion stands for, which a higher go line would lose.
func (w *workspace) defaults(goVersion string, written []*modfile.Godebug) error {
	errs := []error{
		w.file.AddGoStmt(goVersion),
		w.file.AddGodebug("default", version.Lang("go"+goVersion)),
	}
	for _, g := range written {
		errs = append(errs, w.file.AddGodebug(g.Key, g.Value)) // replaces default
	}
	return errors.Join(errs...)
}

// addDomlet puts domlet's module into the workspace and returns what to show
// as its go.mod: the same without requirements, or with those of the network.
func (w *workspace) addDomlet(dir string, network bool) (gomod []byte, err error) {
	path := filepath.Join(dir, "go.mod")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f, err := modfile.Parse(path, data, nil)
	if err != nil {
		return nil, err
	}
	if version.Compare("go"+w.file.Go.Version, "go"+f.Go.Version) < 0 {
		err = w.file.AddGoStmt(f.Go.Version)
	}
	gomod = fmt.Appendf(nil, "module %s\n\ngo %s\n", Module, f.Go.Version)
	if network {
		w.added = required(f)
		for _, m := range w.added {
			gomod = fmt.Appendf(gomod, "\nrequire %s %s\n", m.Path, m.Version)
		}
	}
	return gomod, errors.Join(err, w.file.AddUse(dir, Module))
}

// text is the workspace as the go command reads it.
func (w *workspace) text() []byte {
	w.file.Cleanup()
	return modfile.Format(w.file.Syntax)
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
