// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where domlet's own sources are: mkimage compiles them into every image.

package inject

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/domlet/domlet/internal/cachedir"
)

// Module is the path of domlet's own module.
const Module = "github.com/domlet/domlet"

// Tag is the build tag under which domlet is a library OS.
const Tag = "domlet"

// source returns the directory of domlet's sources, where files may be
// overlaid: the checkout that mkimage was built from, or a copy of the version
// in the module cache.
func source(ctx context.Context, g *Go) (string, error) {
	dir, err := origin(ctx, g)
	if err != nil {
		return "", err
	}
	if !isModule(dir) {
		return "", fmt.Errorf("domlet's sources are gone from %s, where mkimage was built: rebuild mkimage where they are now", dir)
	}
	if !below(dir, g.modCache) {
		return dir, nil
	}
	return cachedir.Make("src", filepath.Base(dir), func(to string) error { return copyTree(dir, to) })
}

// origin tells where mkimage was compiled from by the name its own build has
// for this file: a path, or with -trimpath the version of the module.
func origin(ctx context.Context, g *Go) (string, error) {
	_, file, _, _ := runtime.Caller(0)
	if filepath.IsAbs(file) {
		return filepath.Clean(filepath.Join(filepath.Dir(file), "../../..")), nil
	}
	at := strings.Index(file, "@")
	if at < 0 {
		return "", errors.New("mkimage was built with -trimpath and does not know its sources: build it without, or use go install " +
			Module + "/mkimage@latest")
	}
	version, _, _ := strings.Cut(file[at:], "/")
	dir := filepath.Join(g.modCache, Module+version)
	if isModule(dir) {
		return dir, nil
	}
	_, err := g.run(ctx, os.TempDir(), nil, "mod", "download", Module+version)
	return dir, err
}

// isModule reports whether dir is the root of domlet's module.
func isModule(dir string) bool {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && modfile.ModulePath(data) == Module
}

// below reports whether path is dir or in it; neither need exist.
func below(path, dir string) bool {
	rel, err := filepath.Rel(resolved(dir), resolved(path))
	return err == nil && dir != "" && filepath.IsLocal(rel)
}

// resolved is path without symbolic links, or path where it is not there.
func resolved(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	return path
}
