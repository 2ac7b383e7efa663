// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// From packages to the environment of their build.

package inject

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/mkimage/internal/overlay"
)

// Request says what is to be built.
type Request struct {
	Dir      string   // where the go command runs; "" is the working directory
	Patterns []string // packages, as the go command names them; none is "."
	Test     bool     // test binaries rather than programs
	Flags    []string // of the build, on top of GOFLAGS: -name=value each
	Profile  bool     // programs write their heap profile when they end
	Go       string   // go command; "" is the one in PATH
	Toolexec string   // value of -toolexec: the command that finishes images
	Source   string   // domlet's sources; "" finds them
	Added    fs.FS    // files added to the standard library; nil is overlay.Added()
	Note     func(string)
}

// Build is an environment in which the go command makes images.
type Build struct {
	Go       *Go
	Packages []*Package // the ones named, not what they import
	Env      []string   // "NAME=value", on top of the caller's environment

	flags *userFlags
	all   []*Package // with what they import
	whole bool       // every imported package was found
}

// Prepare generates everything that a build needs.
func Prepare(ctx context.Context, r Request) (*Build, error) {
	if len(r.Patterns) == 0 {
		r.Patterns = []string{"."}
	}
	if r.Added == nil {
		r.Added = overlay.Added()
	}
	g, err := findGo(ctx, r.Go, r.Dir, r.Note)
	if err != nil {
		return nil, err
	}
	b := &Build{Go: g, whole: true}
	if b.flags, err = parseFlags(g.flags, r.Flags...); err != nil {
		return nil, err
	}
	if err := r.find(ctx, b); err != nil {
		return nil, err
	}
	b.Env, err = r.environment(ctx, b)
	return b, err
}

// find fills in the packages of b and checks them.
func (r *Request) find(ctx context.Context, b *Build) error {
	all, err := b.Go.list(ctx, r.Dir, b.flags, r.Test, r.Patterns)
	if err != nil {
		return err
	}
	b.all = all
	for _, p := range all {
		b.whole = b.whole && p.Error == nil
		if !p.DepOnly {
			if r.skip(p) {
				continue
			}
			if err := p.check(b.Go, r.Test); err != nil {
				return err
			}
			b.Packages = append(b.Packages, p)
		}
		if files := p.cgo(); len(files) > 0 {
			r.Note(fmt.Sprintf("%s is built without cgo: %s, which imports \"C\", is left out", p.ImportPath, files[0]))
		}
	}
	if len(b.Packages) == 0 {
		return fmt.Errorf("%s matches no program", strings.Join(r.Patterns, " "))
	}
	return nil
}

// skip reports whether a pattern with a wildcard matched something that is no
// program and was hardly meant.
func (r *Request) skip(p *Package) bool {
	return !r.Test && p.Error == nil && p.Name != "main" && strings.Contains(strings.Join(r.Patterns, " "), "...")
}

// environment writes the generated files and names them in the environment.
func (r *Request) environment(ctx context.Context, b *Build) ([]string, error) {
	std, err := overlay.Make(b.Go.Root, b.Go.Release, r.Added)
	if err != nil {
		return nil, err
	}
	if std.Unknown {
		r.Note(b.Go.Release + " is newer than this mkimage: its runtime has the expected form, but was not tried")
	}
	show := r.imports(b.Packages)
	files := map[string][]byte{}
	mod := mainModule(b.Packages)
	generate := mod == nil || mod.Path != Module // domlet's own programs need no injection of domlet
	if generate {
		if err := r.workspace(ctx, b, mod, show, files); err != nil {
			return nil, err
		}
	}
	if err := store(show, std.Replace); err != nil {
		return nil, err
	}
	if files["overlay.json"], err = json.MarshalIndent(map[string]any{"Replace": std.Replace}, "", "\t"); err != nil {
		return nil, err
	}
	dir, err := cachedir.Put("work", files)
	if err != nil {
		return nil, err
	}
	gowork := cmp.Or(b.Go.work, "off")
	if generate {
		gowork = filepath.Join(dir, "go.work")
	}
	goflags, err := JoinFlags(b.flags.flags(filepath.Join(dir, "overlay.json"), r.Toolexec))
	env := append([]string{"GOROOT=" + b.Go.Root, "GOTOOLCHAIN=local", "GOWORK=" + gowork, "GOFLAGS=" + goflags}, target...)
	return env, err
}

// workspace adds go.work and go.work.sum to files, and domlet's go.mod without
// its requirements to what the go command is shown.
func (r *Request) workspace(ctx context.Context, b *Build, mod *goModule, show, files map[string][]byte) error {
	w, err := newWorkspace(b.Go, mod)
	if err != nil {
		return err
	}
	if err := w.checkVendor(b.flags.mod); err != nil {
		return err
	}
	if r.Source == "" {
		if r.Source, err = source(ctx, b.Go); err != nil {
			return err
		}
	}
	gomod, err := w.addDomlet(r.Source, usesNet(b.Packages))
	if err != nil {
		return err
	}
	if w.skipped != "" && resolved(w.skipped) != resolved(r.Source) {
		r.Note("domlet comes from " + r.Source + ", not from " + w.skipped + " as in " + b.Go.work)
	}
	if b.whole {
		if err := w.replaceAbsent(files); err != nil {
			return err
		}
	}
	for _, moved := range w.moves(b.all) {
		r.Note(moved)
	}
	show[filepath.Join(r.Source, "go.mod")] = gomod
	files["go.work"] = w.text()
	if len(w.sum) > 0 {
		files["go.work.sum"] = w.sum
	}
	return nil
}

// imports returns, by absolute path, the files that make the packages, or
// their tests, import domlet's runtime.
func (r *Request) imports(packages []*Package) map[string][]byte {
	show := map[string][]byte{}
	for _, p := range packages {
		switch {
		case !r.Test:
			show[filepath.Join(p.Dir, "zz_domlet.go")] = starter(p.network(), r.Profile)
		case len(p.TestGoFiles)+len(p.XTestGoFiles) > 0:
			show[filepath.Join(p.Dir, "zz_domlet_test.go")] = importer(p.Name+"_test", p.network())
		}
	}
	return show
}

// starter is the file beside a program's own. It sorts behind them, so that its
// init is the last thing before main.
func starter(network string, profile bool) []byte {
	more := ""
	if profile {
		more = fmt.Sprintf("\t_ %q\n", Module+"/rt/profile")
	}
	return fmt.Appendf(nil, "package main\n\nimport (\n\tzzDomlet %q\n\t_ %q\n%s)\n\nfunc init() { zzDomlet.AtMain() }\n", Module+"/rt", network, more)
}

// importer is the file beside a package's tests.
func importer(name, network string) []byte {
	return fmt.Appendf(nil, "package %s\n\nimport (\n\t_ %q\n\t_ %q\n)\n", name, Module+"/rt", network)
}

// mainModule is the module the packages are in, nil for the standard library.
func mainModule(packages []*Package) *goModule {
	for _, p := range packages {
		if p.Module != nil {
			return p.Module
		}
	}
	return nil
}

// store puts the contents of show into the cache and has replace point there.
func store(show map[string][]byte, replace map[string]string) error {
	names, files := map[string]string{}, map[string][]byte{}
	for path, data := range show {
		names[path] = fmt.Sprintf("%.8x-%s", sha256.Sum256(data), filepath.Base(path))
		files[names[path]] = data
	}
	dir, err := cachedir.Put("inject", files)
	for path, name := range names {
		replace[path] = filepath.Join(dir, name)
	}
	return err
}
