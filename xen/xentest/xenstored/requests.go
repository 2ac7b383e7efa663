// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which request is served how. Host; the daemon's lock is held.

package xenstored

import (
	"slices"
	"strconv"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// answer serves one request.
func (c *conn) answer(r request) {
	payload, e := c.dispatch(r)
	c.d.served++
	if e != "" {
		c.send(abi.XS_ERROR, r.id, r.tx, e+"\x00")
		return
	}
	c.send(r.kind, r.id, r.tx, payload)
	if r.kind == abi.XS_WATCH {
		w := c.watches[len(c.watches)-1]
		c.send(abi.XS_WATCH_EVENT, 0, 0, w.shown(w.path)+"\x00"+w.token+"\x00")
	}
}

const ok = "OK\x00"

// dispatch returns the payload of the answer, or the name of an error.
func (c *conn) dispatch(r request) (payload, e string) {
	words := strings.Split(string(r.payload), "\x00")
	switch r.kind {
	case abi.XS_TRANSACTION_START:
		return c.begin(r)
	case abi.XS_TRANSACTION_END:
		return c.endTransaction(r.tx, words[0])
	case abi.XS_WATCH:
		return c.watch(words)
	case abi.XS_UNWATCH:
		return c.unwatch(words)
	case abi.XS_GET_DOMAIN_PATH:
		return "/local/domain/" + words[0] + "\x00", ""
	case abi.XS_IS_DOMAIN_INTRODUCED:
		if c.id != 0 {
			return "", "EACCES"
		}
		id, _ := strconv.Atoi(words[0])
		if slices.Contains(c.d.introduced, abi.Domid_t(id)) {
			return "T\x00", ""
		}
		return "F\x00", ""
	}
	path, e := c.absolute(words[0])
	if e != "" || len(words) < 2 {
		return "", "EINVAL"
	}
	v := &view{root: &c.d.root}
	if r.tx != 0 {
		if v = c.transactions[r.tx]; v == nil {
			return "", "ENOENT"
		}
	}
	return c.node(v, r, path, words)
}

// node serves a request about a node.
func (c *conn) node(v *view, r request, path string, words []string) (payload, e string) {
	switch r.kind {
	case abi.XS_WRITE:
		_, value, _ := strings.Cut(string(r.payload), "\x00")
		return ok, c.d.change(v, c.id, change{abi.XS_WRITE, path, value, nil})
	case abi.XS_MKDIR, abi.XS_RM:
		return ok, c.d.change(v, c.id, change{kind: r.kind, path: path})
	case abi.XS_SET_PERMS:
		perms := words[1 : len(words)-1]
		if len(perms) == 0 || slices.ContainsFunc(perms, func(p string) bool { return len(p) < 2 }) {
			return "", "EINVAL"
		}
		return ok, c.d.change(v, c.id, change{abi.XS_SET_PERMS, path, "", perms})
	}
	n, e := c.d.look(v, c.id, path, 'r')
	if e != "" {
		return "", e
	}
	switch r.kind {
	case abi.XS_READ:
		return n.value, ""
	case abi.XS_GET_PERMS:
		return join(n.perms), ""
	case abi.XS_DIRECTORY:
		if all := join(n.names()); len(all) <= abi.XENSTORE_PAYLOAD_MAX {
			return all, ""
		}
		return "", "E2BIG"
	case abi.XS_DIRECTORY_PART:
		return directoryPart(n, words)
	}
	return "", "ENOSYS"
}

// directoryPart returns the names from an offset on, as many as fit.
func directoryPart(n *node, words []string) (payload, e string) {
	offset, err := strconv.Atoi(words[1])
	if err != nil || offset < 0 {
		return "", "EINVAL"
	}
	head := strconv.FormatUint(n.generation, 10) + "\x00"
	rest := join(n.names())
	rest = rest[min(offset, len(rest)):]
	if len(head)+len(rest) < abi.XENSTORE_PAYLOAD_MAX {
		return head + rest + "\x00", ""
	}
	room := rest[:abi.XENSTORE_PAYLOAD_MAX-len(head)-1]
	return head + room[:strings.LastIndexByte(room, 0)+1], ""
}

// join joins strings, each followed by a zero byte.
func join(s []string) string {
	var b strings.Builder
	for _, w := range s {
		b.WriteString(w + "\x00")
	}
	return b.String()
}

// absolute returns an absolute path, or EINVAL for what is no path.
func (c *conn) absolute(path string) (string, string) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/_@"
	if path != "" && path[0] != '/' && path[0] != '@' {
		path = homeOf(c.id) + "/" + path
	}
	bad := path == "" || strings.Trim(path, letters) != "" || strings.Contains(path, "//") || len(path) > 1 && path[len(path)-1] == '/'
	if bad || len(path) > abi.XENSTORE_ABS_PATH_MAX {
		return "", "EINVAL"
	}
	return path, ""
}
