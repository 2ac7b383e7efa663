// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What xenstored refuses, in words. Any goroutine.

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// ErrQuota is what errors.Is finds in an error of a domain that reached one of
// xenstored's quotas.
var ErrQuota = errors.New("a xenstore quota is used up")

// Error is an answer of xenstored's that says no.
type Error struct {
	Path string // the node, as the caller named it; empty for a transaction
	Name string // the error's name in io/xs_wire.h, such as EACCES

	kind uint32 // the request's type, XS_
	size int    // bytes of the request's payload
}

// Error says what was asked, what came of it and what to do.
func (e *Error) Error() string {
	what := opName(e.kind)
	if e.Path != "" {
		what += " " + e.Path
	}
	return fmt.Sprintf("xenstore: %s: %s (%s)", what, e.explain(), e.Name)
}

// Is makes errors.Is know the errors of io/fs, and ErrQuota.
func (e *Error) Is(target error) bool {
	switch target {
	case fs.ErrNotExist:
		return e.Name == "ENOENT"
	case fs.ErrPermission:
		return e.Name == "EACCES" || e.Name == "EPERM"
	case fs.ErrExist:
		return e.Name == "EEXIST"
	case ErrQuota:
		return e.quota() != ""
	}
	return false
}

func (e *Error) explain() string {
	if q := e.quota(); q != "" {
		return q
	}
	switch e.Name {
	case "ENOENT":
		return "there is no such node"
	case "EACCES", "EPERM":
		return "this domain may not: its owner has to permit it"
	case "EINVAL":
		return "malformed: a path has letters, digits and -/_@, no empty part and no slash at the end"
	case "EAGAIN":
		return "somebody else changed the same nodes meanwhile"
	case "ENOMEM":
		return "xenstored has no memory for it"
	}
	return "xenstored refused"
}

// quota names the quota that was reached, with the limit that xenstored has
// where it was not started with another; empty where none was.
func (e *Error) quota() string {
	switch e.Name {
	case "ENOSPC", "EDQUOT":
	case "E2BIG":
		if e.kind != abi.XS_WATCH {
			return ""
		}
	default:
		return ""
	}
	switch e.kind {
	case abi.XS_WATCH:
		return "this domain has all the watches it may have: 128, or what xenstored was given with --watch-nb"
	case abi.XS_TRANSACTION_START:
		return "this domain has all the transactions open that it may have: 10, or what xenstored was given with --transaction"
	case abi.XS_SET_PERMS:
		return "a node has at most 5 permissions, or what xenstored was given with --perm-nb"
	}
	const size = "a node, its children's names included, has at most 2048 bytes, or what xenstored was given with --entry-size"
	if e.size > 2048 {
		return size
	}
	return "this domain owns all the nodes it may own: 1000, or what xenstored was given with --entry-nb; or " + size
}

// errorName takes the name out of an error answer. False: it has none.
func errorName(payload []byte) (string, bool) {
	name, ok := one(payload)
	upper := strings.IndexFunc(name, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) < 0
	return name, ok && upper && len(name) > 1 && len(name) < 32 && name[0] == 'E'
}
