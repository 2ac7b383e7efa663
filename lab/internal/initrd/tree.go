// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file looks things up in an unpacked tree, on the developer's machine.

package initrd

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Tree is the root directory of an unpacked system.
type Tree string

// Resolve follows links as they would be followed inside the tree and returns
// the path on this machine of what name (absolute inside the tree) stands for.
func (t Tree) Resolve(name string) (string, error) {
	rest, at := strings.Split(path.Clean("/"+name), "/"), "/"
	for links := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		target, err := os.Readlink(t.outside(next))
		if err != nil { // not a link, or not there: Stat below tells
			at, rest = next, rest[1:]
			continue
		}
		if links++; links > 40 {
			return "", fmt.Errorf("too many links at %s in the unpacked packages", name)
		}
		if !path.IsAbs(target) {
			target = path.Join(at, target)
		}
		rest, at = append(strings.Split(target, "/"), rest[1:]...), "/"
	}
	if _, err := os.Stat(t.outside(at)); err != nil {
		return "", fmt.Errorf("%s is not in the unpacked packages", name)
	}
	return t.outside(at), nil
}

// outside is where a link-free path of the tree lies on this machine.
func (t Tree) outside(name string) string { return filepath.Join(string(t), name) }

// Glob returns the paths, absolute inside the tree, that match pattern.
func (t Tree) Glob(pattern string) []string {
	found, _ := filepath.Glob(t.outside(pattern))
	for i, f := range found {
		found[i] = strings.TrimPrefix(f, string(t))
	}
	return found
}

// One returns the only path that matches pattern.
func (t Tree) One(pattern string) (string, error) {
	found := t.Glob(pattern)
	if len(found) != 1 {
		return "", fmt.Errorf("%d files match %s in the unpacked packages, want 1", len(found), pattern)
	}
	return found[0], nil
}
