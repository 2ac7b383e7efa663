// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which programs get a network, and what comes with it. Runs on the host.

package inject

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// network is the package that serves a program's calls about sockets: one that
// has package net, or its tests, gets the stack, any other refusals.
func (p *Package) network() string {
	if p.wantsNet() {
		return Module + "/net/stack"
	}
	return Module + "/rt/posix/offline"
}

// importsNet reports whether package net is in the program, or in the package's
// test: there it may be a copy of its own, "net [x.test]".
func (p *Package) importsNet() bool {
	return p.ImportPath == "net" || slices.ContainsFunc(p.Deps, func(path string) bool {
		return path == "net" || strings.HasPrefix(path, "net [")
	})
}

// offline is a comment of its own, of one line, in a program whose package main
// says with it that it needs no network, though package net is in it: for its
// types and errors, which package vchan has. Sockets are then refused.
const offline = "//domlet:offline"

// wantsNet reports whether the program, or the package's test, gets a network.
func (p *Package) wantsNet() bool { return p.importsNet() && !p.saysOffline() }

// saysOffline looks for the comment. A file that cannot be read has none: the
// compiler says it better.
func (p *Package) saysOffline() bool {
	return slices.ContainsFunc(p.GoFiles, func(name string) bool {
		text, _ := os.ReadFile(filepath.Join(p.Dir, name))
		return slices.Contains(strings.Split(string(text), "\n"), offline)
	})
}

// usesNet reports whether one of the packages gets a network.
func usesNet(packages []*Package) bool { return slices.ContainsFunc(packages, (*Package).wantsNet) }

// networkModules are the modules whose packages net/stack is made of; a test
// compares the list with what it imports.
var networkModules = []string{
	"github.com/google/btree",
	"github.com/insomniacslk/dhcp",
	"github.com/pierrec/lz4/v4",
	"github.com/u-root/uio",
	"golang.org/x/exp",
	"golang.org/x/sys",
	"golang.org/x/time",
	"gvisor.dev/gvisor",
}

// required returns domlet's own requirements of those modules.
func required(domlet *modfile.File) []module.Version {
	var list []module.Version
	for _, r := range domlet.Require {
		if slices.Contains(networkModules, r.Mod.Path) {
			list = append(list, r.Mod)
		}
	}
	return list
}

// moves says which modules of the program get a higher version by what domlet
// adds: the go command takes the highest that anything asks for.
func (w *workspace) moves(all []*Package) []string {
	var notes []string
	for _, m := range w.added {
		i := slices.IndexFunc(all, func(p *Package) bool { return p.Module != nil && p.Module.Path == m.Path })
		if i < 0 {
			continue
		}
		if has := all[i].Module.Version; has != "" && semver.Compare(has, m.Version) < 0 {
			notes = append(notes, fmt.Sprintf("%s is %s in the image, not %s: the network needs it", m.Path, m.Version, has))
		}
	}
	return notes
}
