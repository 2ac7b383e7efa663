// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the go command knows about the packages to build, and what cannot be
// built.

package inject

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Package is what `go list` says of a package.
type Package struct {
	Dir        string // absolute
	ImportPath string
	Name       string // of the package clause

	Standard, DepOnly         bool
	GoFiles, IgnoredGoFiles   []string
	TestGoFiles, XTestGoFiles []string
	Deps                      []string // import paths, with those of the tests where those are asked for
	Module                    *goModule
	Error                     *struct{ Err string }
	ForTest                   string // the package whose test this copy of a package is for
}

type goModule struct {
	Path, Version, Dir string
	Main               bool
}

const listFields = "-json=Dir,ImportPath,Name,Standard,DepOnly,GoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles,Deps,Module,Error,ForTest"

// list returns the packages that the patterns name and all that they or, with
// test, their tests import, as they are without domlet.
func (g *Go) list(ctx context.Context, dir string, u *userFlags, test bool, patterns []string) ([]*Package, error) {
	args := []string{"list", "-e", "-deps", listFields, "-tags=" + strings.Join(append([]string{Tag}, u.tags...), ",")}
	if test {
		args = append(args, "-test")
	}
	out, err := g.run(ctx, dir, nil, append(append(args, "--"), patterns...)...)
	if err != nil && strings.Contains(err.Error(), "go.mod file not found") {
		return nil, fmt.Errorf("%s is in no module: run go mod init in its directory", strings.Join(patterns, " "))
	}
	if err != nil {
		return nil, err
	}
	var all []*Package
	tests := map[string][]string{} // what the test binaries import, by the package tested
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		p := &Package{}
		if err := dec.Decode(p); errors.Is(err, io.EOF) {
			for _, p := range all {
				p.Deps = append(p.Deps, tests[p.ImportPath]...)
			}
			return all, nil
		} else if err != nil {
			return nil, err
		}
		if tested, ok := strings.CutSuffix(p.ImportPath, ".test"); ok {
			tests[tested] = p.Deps
		} else if p.ForTest == "" {
			all = append(all, p)
		}
	}
}

// check reports why the package cannot become a domain.
func (p *Package) check(g *Go, test bool) error {
	switch {
	case p.ImportPath == "command-line-arguments":
		return errors.New("name a package (a directory or an import path), not files")
	case len(p.cgo()) > 0 && p.Error != nil:
		return fmt.Errorf("%s imports \"C\" in %s: a domain has no C, and the package has no other files", p.ImportPath, p.cgo()[0])
	case p.Error != nil && strings.Contains(p.Error.Err, "outside main module"):
		return fmt.Errorf("%s: run mkimage in that module", oneLine(p.Error.Err))
	case p.Error != nil:
		return errors.New(oneLine(p.Error.Err))
	case p.Standard && test:
		return nil
	case p.Standard:
		return fmt.Errorf("%s is part of the Go distribution, not a program of yours", p.ImportPath)
	case p.Module == nil:
		return fmt.Errorf("%s is in no module: run go mod init in it", p.Dir)
	case !p.Module.Main || below(p.Dir, g.modCache):
		return fmt.Errorf("%s is in the module cache, where nothing can be added: build it from a checkout of %s", p.ImportPath, p.Module.Path)
	case p.Name != "main" && !test:
		return fmt.Errorf("%s is package %s, not a program: name a directory with a package main", p.ImportPath, p.Name)
	}
	return nil
}

// cgo lists the files of the package that are left out because they import "C".
func (p *Package) cgo() []string {
	if len(p.IgnoredGoFiles) == 0 || p.Standard {
		return nil
	}
	ctxt := build.Default
	ctxt.GOOS, ctxt.GOARCH, ctxt.CgoEnabled, ctxt.BuildTags = "linux", "amd64", true, []string{Tag}
	with, err := ctxt.ImportDir(p.Dir, 0)
	if err != nil {
		return nil
	}
	return with.CgoFiles
}

// checkVendor refuses a build that the go command would make from a vendor
// directory: in a workspace the module's own does not count.
func (w *workspace) checkVendor(mod string) error {
	if mod == "mod" || mod == "readonly" {
		return nil
	}
	for _, dir := range w.vendors {
		if _, err := os.Stat(filepath.Join(dir, "vendor", "modules.txt")); err == nil {
			return fmt.Errorf("%s cannot be built from its vendor directory: set GOFLAGS=-mod=readonly to build the same versions from the module cache", dir)
		}
	}
	return nil
}
