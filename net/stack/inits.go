// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which package inits serve the program's calls about sockets and have to come
// before its own: a package init may dial. Pure; runs before any package init
// of the program and uses nothing that needs one.

package stack

import (
	"slices"
	"strings"
)

const (
	domlet = "github.com/domlet/domlet"
	netDir = domlet + "/net"
)

// modules are those that this package is made of, and its own. Nothing in them
// imports what is not in them or in the standard library, so all of these can
// go first and keep their order.
func modules() []string {
	return []string{netDir, domlet + "/rt", domlet + "/xen", "gvisor.dev/gvisor", "github.com/google/btree",
		"github.com/insomniacslk/dhcp", "github.com/pierrec/lz4/v4", "github.com/u-root/uio",
		"golang.org/x/exp", "golang.org/x/sys", "golang.org/x/time"}
}

// serving reports whether a function is the init of a package that goes first:
// one of those modules, or of the standard library, which is what belongs to
// none of the program's modules.
func serving(function string, program []string) bool {
	path := packageOf(function)
	switch {
	case path == "main":
		return false
	case within(path, modules()):
		return true
	}
	return !within(path, program)
}

// within reports whether the package is in one of the modules.
func within(path string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool {
		rest, ok := strings.CutPrefix(path, m)
		return ok && (rest == "" || rest[0] == '/')
	})
}

// packageOf is the import path in a function's name.
func packageOf(function string) string {
	last := strings.LastIndexByte(function, '/') + 1
	name, _, _ := strings.Cut(function[last:], ".")
	return strings.ReplaceAll(function[:last]+name, "%2e", ".") // a dot of the last element
}
