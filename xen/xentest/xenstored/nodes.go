// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Requests that read or change nodes, in a transaction or outside. Host; the
// daemon's lock is held.

package xenstored

import (
	"slices"
	"strconv"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// view is the tree as a transaction, or everybody, sees it.
type view struct {
	root *(*node)

	// Of a transaction: the tree as it was at the start, the generations of the
	// nodes it looked at (0: there was none), and what to do again at its end.
	base *node
	seen map[string]uint64
	log  []change
}

// change is one request that changes a node.
type change struct {
	kind        uint32
	path, value string
	perms       []string
}

// look returns the node at path for a request of domain id that needs access r
// or w, or the name of an error.
func (d *Daemon) look(v *view, id abi.Domid_t, path string, access byte) (*node, string) {
	v.note(path)
	at, above := (*v.root).find(path)
	switch {
	case at == nil && !allowed(above, id, access):
		return nil, "EACCES"
	case at == nil:
		return nil, "ENOENT"
	case !allowed(at, id, access):
		return nil, "EACCES"
	}
	return at, ""
}

// note remembers that a transaction depends on a path.
func (v *view) note(path string) {
	if v.base == nil {
		return
	}
	if _, ok := v.seen[path]; ok {
		return
	}
	v.seen[path] = 0
	if n, _ := v.base.find(path); n != nil {
		v.seen[path] = n.generation + 1
	}
}

// allowed reports whether a domain has access to a node: r, w, or o as its owner.
func allowed(n *node, id abi.Domid_t, access byte) bool {
	number := strconv.Itoa(int(id))
	if id == 0 || n.perms[0][1:] == number {
		return true
	}
	kind := n.perms[0][0]
	for _, p := range n.perms[1:] {
		if p[1:] == number {
			kind = p[0]
			break
		}
	}
	return access != 'o' && (kind == 'b' || kind == access)
}

// change makes a change and returns the name of an error, if any. In a
// transaction it is remembered; outside, watches fire.
func (d *Daemon) change(v *view, id abi.Domid_t, c change) string {
	before := *v.root
	if e := d.apply(v, id, c); e != "" {
		*v.root = before
		return e
	}
	if v.base != nil {
		v.log = append(v.log, c)
	} else if *v.root != before {
		d.fireChange(c)
	}
	return ""
}

// apply changes the tree of a view.
func (d *Daemon) apply(v *view, id abi.Domid_t, c change) string {
	access := byte('w')
	if c.kind == abi.XS_SET_PERMS {
		access = 'o'
	}
	old, e := d.look(v, id, c.path, access)
	absent := e == "ENOENT"
	switch {
	case e != "" && !absent:
		return e
	case c.kind == abi.XS_MKDIR && !absent:
		return ""
	case c.kind == abi.XS_RM:
		return d.remove(v, c.path, absent)
	case c.kind == abi.XS_SET_PERMS && absent:
		return "ENOENT"
	case c.kind == abi.XS_SET_PERMS && id != 0 && c.perms[0][1:] != old.perms[0][1:]:
		return "EPERM"
	case c.path == "/":
		return "EINVAL"
	}
	d.generation++
	*v.root = (*v.root).with(split(c.path), d.generation, func(old, parent *node, last bool) *node {
		n := made(old, parent, id, d.generation)
		if last {
			c.fill(n)
		}
		if old == nil || c.kind == abi.XS_SET_PERMS {
			d.given[n.perms[0][1:]]++
		}
		return n
	})
	return d.exceeds(v, id, c.path, absent)
}

// made returns a copy of a node, or a new one with the permissions of its parent
// that belongs to domain id.
func made(old, parent *node, id abi.Domid_t, generation uint64) *node {
	n := node{perms: slices.Clone(parent.perms)}
	if old != nil {
		n = *old
	} else if id != 0 {
		n.perms[0] = n.perms[0][:1] + strconv.Itoa(int(id))
	}
	n.generation = generation
	return &n
}

// fill makes the change on a copy of its node.
func (c change) fill(n *node) {
	switch c.kind {
	case abi.XS_WRITE:
		n.value = c.value
	case abi.XS_SET_PERMS:
		n.perms = c.perms
	}
}

func (d *Daemon) remove(v *view, path string, absent bool) string {
	if path == "/" {
		return "EINVAL"
	}
	if absent {
		parent := path[:strings.LastIndexByte(path, '/')]
		if at, _ := (*v.root).find(parent); at == nil {
			return "ENOENT"
		}
		return ""
	}
	d.generation++
	*v.root = (*v.root).with(split(path), d.generation, func(*node, *node, bool) *node { return nil })
	return ""
}

// domainDepth is how many names the path /local/domain has.
const domainDepth = 2

// exceeds returns ENOSPC if a domain went over a quota of nodes at a path. Only what was written counts: not the node that has
// all domains below it, which grows with them.
func (d *Daemon) exceeds(v *view, id abi.Domid_t, path string, created bool) string {
	if id == 0 {
		return ""
	}
	names := split(path)
	for i := range names {
		n, _ := (*v.root).find("/" + strings.Join(names[:i+1], "/"))
		if i+1 == domainDepth {
			continue
		}
		if n.size() > d.quotas.NodeSize || len(n.perms) > d.quotas.Permissions {
			return "ENOSPC"
		}
	}
	owner := strconv.Itoa(int(id))
	if created && d.given[owner] > d.quotas.Nodes && (*v.root).owned(owner) > d.quotas.Nodes {
		return "ENOSPC"
	}
	return ""
}
