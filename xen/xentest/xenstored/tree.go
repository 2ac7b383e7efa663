// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The tree: immutable nodes, found and replaced by path. Host; no locks.

package xenstored

import (
	"maps"
	"slices"
	"strings"
)

// node is one node. It never changes once it is in a tree.
type node struct {
	value      string
	perms      []string // as on the wire; the first names the owner
	children   map[string]*node
	generation uint64 // of the last change of value, permissions or children
}

// split turns an absolute path into names; "/" has none.
func split(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// find returns the node at a path, or nil and the nearest node above it.
func (n *node) find(path string) (at, above *node) {
	for _, name := range split(path) {
		next := n.children[name]
		if next == nil {
			return nil, n
		}
		n = next
	}
	return n, n
}

// names are the names of the children, sorted.
func (n *node) names() []string { return slices.Sorted(maps.Keys(n.children)) }

// size is what the node counts for its quota, in bytes.
func (n *node) size() int {
	size := len(n.value) + 8*len(n.perms) + 24
	for name := range n.children {
		size += len(name) + 1
	}
	return size
}

// with returns a tree in which the node at names is what f makes of it. f gets
// nil where there is none, and its parent; it returns nil to have none. It is
// asked first, with last false, for nodes on the way that are missing. Nodes
// whose list of children changes get the generation.
func (n *node) with(names []string, generation uint64, f func(old, parent *node, last bool) *node) *node {
	name := names[0]
	old := n.children[name]
	fresh := old
	if len(names) == 1 {
		fresh = f(old, n, true)
	} else {
		if fresh == nil {
			fresh = f(nil, n, false)
		}
		fresh = fresh.with(names[1:], generation, f)
	}
	c := *n
	c.children = maps.Clone(n.children)
	if c.children == nil {
		c.children = map[string]*node{}
	}
	if fresh == nil {
		delete(c.children, name)
	} else {
		c.children[name] = fresh
	}
	if (old == nil) != (fresh == nil) {
		c.generation = generation
	}
	return &c
}

// owned counts the nodes of a tree that a domain owns, "5" for domain 5.
func (n *node) owned(owner string) int {
	count := 0
	if n.perms[0][1:] == owner {
		count++
	}
	for _, c := range n.children {
		count += c.owned(owner)
	}
	return count
}
