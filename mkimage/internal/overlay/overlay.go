// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The table applied to a GOROOT.

package overlay

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/domlet/domlet/internal/cachedir"
)

//go:embed all:_goroot
var embedded embed.FS

// Added is the tree of files, by path below GOROOT/src, that a domain's
// standard library has in addition to Go's or instead of them.
func Added() fs.FS {
	sub, err := fs.Sub(embedded, "_goroot")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}

// Result is an edited standard library.
type Result struct {
	// Replace has the backing file of each path below GOROOT, both absolute,
	// or "" for a path that is not to be there: the Replace object of the go
	// command's overlay file.
	Replace map[string]string
	// Unknown is set when the release is not one of those whose files are
	// known by hash; all anchors matched.
	Unknown bool
}

// Make applies the table to goroot, an absolute path without symbolic links,
// which holds the given release of Go ("go1.26.8"), and adds the files of
// added. The edited files are in the cache.
func Make(goroot, release string, added fs.FS) (*Result, error) {
	files, err := edited(goroot, release)
	if err != nil {
		return nil, err
	}
	for name := range removed {
		delete(files, name)
	}
	if err := addTo(files, added); err != nil {
		return nil, err
	}
	dir, err := cachedir.Put("overlay", files)
	if err != nil {
		return nil, err
	}
	r := &Result{Replace: map[string]string{}, Unknown: len(known(release)) == 0}
	for name := range files {
		path := filepath.FromSlash(name)
		r.Replace[filepath.Join(goroot, "src", path)] = filepath.Join(dir, path)
	}
	for name := range removed {
		r.Replace[filepath.Join(goroot, "src", filepath.FromSlash(name))] = ""
	}
	return r, nil
}

// edited reads the files of the table and applies the edits to them.
func edited(goroot, release string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, name := range sources() {
		data, err := os.ReadFile(filepath.Join(goroot, "src", filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("%s is not a whole Go tree: %w", goroot, err)
		}
		if files[name], err = change(name, release, data); err != nil {
			return nil, fmt.Errorf("%s/src/%s %w: reinstall Go, or choose another toolchain with GOTOOLCHAIN", goroot, name, err)
		}
	}
	return files, nil
}

// sources lists every file of GOROOT that the table touches.
func sources() []string {
	var names []string
	for _, e := range edits {
		names = append(names, e.file)
	}
	names = slices.AppendSeq(names, maps.Keys(replaced))
	names = slices.AppendSeq(names, maps.Keys(removed))
	slices.Sort(names)
	return slices.Compact(names)
}

// change applies the edits to the file called name of a release. Its error
// says what is wrong with the file.
func change(name, release string, data []byte) ([]byte, error) {
	if k := known(release); len(k) > 0 && k[name] != hash(data) {
		return nil, fmt.Errorf("is not the file of %s", release)
	}
	text := strings.Split(string(data), "\n")
	for _, want := range replaced[name] {
		if !slices.Contains(text, want) {
			return nil, fmt.Errorf("has no line %q", want)
		}
	}
	for _, e := range edits {
		if e.file != name {
			continue
		}
		if err := e.do(text); err != nil {
			return nil, fmt.Errorf("cannot be edited (%w)", err)
		}
	}
	return []byte(strings.Join(text, "\n")), nil
}

// addTo puts the files of added into files, over those of the same name.
func addTo(files map[string][]byte, added fs.FS) error {
	return fs.WalkDir(added, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(added, path)
		return err
	})
}
