// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Who may do what with a node. Any goroutine.

package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/domlet/domlet/xen/abi"
)

// Access is what a domain may do with a node, as the protocol writes it.
type Access byte

// The kinds of access.
const (
	NoAccess  Access = 'n'
	ReadOnly  Access = 'r'
	WriteOnly Access = 'w'
	ReadWrite Access = 'b'
)

// Permission is one entry of a node's list of permissions. The first entry is
// special: its domain owns the node and may do anything, and its access is that
// of every domain the list does not name.
type Permission struct {
	Domain abi.Domid_t
	Access Access
}

// String returns the permission as the protocol writes it, such as r5.
func (p Permission) String() string { return string(p.Access) + strconv.Itoa(int(p.Domain)) }

// Permissions returns a node's list of permissions: at least one.
func (n Nodes) Permissions(ctx context.Context, path string) ([]Permission, error) {
	reply, err := n.call(ctx, abi.XS_GET_PERMS, path, nil)
	if err != nil {
		return nil, err
	}
	perms, ok := parsePermissions(reply)
	if !ok {
		return nil, n.c.garbled(abi.XS_GET_PERMS, reply)
	}
	return perms, nil
}

// SetPermissions replaces a node's list of permissions. Only the node's owner
// may, and only dom0 may name another owner.
func (n Nodes) SetPermissions(ctx context.Context, path string, perms ...Permission) error {
	words, err := permissionWords(path, perms)
	if err != nil {
		return err
	}
	return n.acknowledged(ctx, abi.XS_SET_PERMS, path, words)
}

// permissionWords is a list of permissions as it is sent; path is for errors.
func permissionWords(path string, perms []Permission) ([]byte, error) {
	var words []string
	for _, p := range perms {
		if !p.Access.valid() {
			return nil, fmt.Errorf("xenstore: set permissions of %s: %q is no kind of access", path, byte(p.Access))
		}
		words = append(words, p.String())
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("xenstore: set permissions of %s: the list is empty, but its first entry names the owner", path)
	}
	return list(words...), nil
}

func (a Access) valid() bool {
	return a == NoAccess || a == ReadOnly || a == WriteOnly || a == ReadWrite
}

func parsePermissions(b []byte) ([]Permission, bool) {
	words, ok := splitList(b)
	if !ok || len(words) == 0 {
		return nil, false
	}
	var perms []Permission
	for _, w := range words {
		if w == "" || !Access(w[0]).valid() {
			return nil, false
		}
		id, err := strconv.ParseUint(w[1:], 10, 16)
		if err != nil {
			return nil, false
		}
		perms = append(perms, Permission{abi.Domid_t(id), Access(w[0])})
	}
	return perms, true
}
