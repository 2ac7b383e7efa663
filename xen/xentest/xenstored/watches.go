// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Watches: who is told of what. Host; the daemon's lock is held.

package xenstored

import (
	"slices"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// watch is one watch of a connection.
type watch struct {
	path, token string
	relative    string // what paths lose when they are shown, for a relative watch
}

func (w watch) shown(path string) string { return strings.TrimPrefix(path, w.relative) }

func (c *conn) watch(words []string) (payload, e string) {
	w, e := c.parseWatch(words)
	if e != "" {
		return "", e
	}
	if slices.Contains(c.watches, w) {
		return "", "EEXIST"
	}
	if set, _ := c.held(); c.id != 0 && set >= c.d.quotas.Watches {
		return "", "E2BIG"
	}
	c.watches = append(c.watches, w)
	return ok, ""
}

func (c *conn) unwatch(words []string) (payload, e string) {
	w, e := c.parseWatch(words)
	if e != "" {
		return "", e
	}
	i := slices.Index(c.watches, w)
	if i < 0 {
		return "", "ENOENT"
	}
	c.watches = slices.Delete(c.watches, i, i+1)
	return ok, ""
}

func (c *conn) parseWatch(words []string) (watch, string) {
	if len(words) != 3 {
		return watch{}, "EINVAL"
	}
	path, e := c.absolute(words[0])
	return watch{path, words[1], strings.TrimSuffix(path, words[0])}, e
}

// fireChange tells of a change that was made.
func (d *Daemon) fireChange(c change) { d.fire(c.path, c.kind == abi.XS_RM) }

// fire sends the events of a change at path. A watch below a node that was
// removed is told of its own path.
func (d *Daemon) fire(path string, removed bool) {
	for _, c := range d.conns {
		for _, w := range c.watches {
			switch {
			case under(path, w.path) && d.mayKnow(c, path):
				c.send(abi.XS_WATCH_EVENT, 0, 0, w.shown(path)+"\x00"+w.token+"\x00")
			case removed && under(w.path, path):
				c.send(abi.XS_WATCH_EVENT, 0, 0, w.shown(w.path)+"\x00"+w.token+"\x00")
			}
		}
	}
}

// under reports whether a path is above or below it.
func under(path, above string) bool {
	below, ok := strings.CutPrefix(path, above)
	return ok && (below == "" || below[0] == '/') || above == "/" && path[0] == '/'
}

// mayKnow reports whether a connection may be told of a change: it can read the
// node or, if that is gone, what is above it. Special events are dom0's.
func (d *Daemon) mayKnow(c *conn, path string) bool {
	if path[0] == '@' {
		return c.id == 0
	}
	_, at := d.root.find(path)
	return allowed(at, c.id, 'r')
}
