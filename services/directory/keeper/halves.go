// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The nodes of one pair. Dom0, within a transaction; any goroutine.

package keeper

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/xen/store"
)

// halves is what the four nodes of a pair say.
type halves struct {
	numbers  [4]string // of the attachment; empty where there is none
	line, as string
}

// agree reports whether all four are of one attachment.
func (h *halves) agree() bool {
	n := &h.numbers
	return n[0] != "" && n[0] == n[1] && n[0] == n[2] && n[0] == n[3]
}

func readHalves(ctx context.Context, tx *store.Tx, p pair) (*halves, error) {
	var h halves
	for i, entry := range p.entries() {
		value, err := readOrEmpty(ctx, tx, entry)
		if err != nil {
			return nil, err
		}
		number, rest, ok := directory.ParseEntry(value)
		if ok {
			h.numbers[2*i] = number
			*[2]*string{&h.line, &h.as}[i] = rest
		}
		if h.numbers[2*i+1], err = readOrEmpty(ctx, tx, directory.Half(entry)); err != nil {
			return nil, err
		}
	}
	return &h, nil
}

func readOrEmpty(ctx context.Context, tx *store.Tx, path string) (string, error) {
	value, err := tx.Read(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return value, err
}

// errMeanwhile is what a transaction ends with that has seen one node before and
// another one after somebody's change.
var errMeanwhile = errors.New("somebody else changed the same nodes meanwhile")

// transaction runs fn until nobody else changes the same nodes meanwhile.
func (k *Keeper) transaction(ctx context.Context, fn func(*store.Tx) error) error {
	for {
		if err := k.Store.Transaction(ctx, fn); !errors.Is(err, errMeanwhile) {
			return err
		}
	}
}

// removeEntry removes one side's nodes, and reports whether there were any. In a
// transaction of xenstored's a node is what it was when it was first read there,
// and no other node is. So all that a removal touches is read before: to remove a
// node whose child is known by name and gone fails with EIO, and one whose parent is
// gone with EINVAL, not with the EAGAIN of a conflict.
func removeEntry(ctx context.Context, tx *store.Tx, entry string) (bool, error) {
	_, err := tx.Read(ctx, path.Dir(entry))
	var children []string
	if err == nil {
		children, err = tx.List(ctx, entry)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, name := range children {
		switch _, err := tx.Read(ctx, entry+"/"+name); {
		case errors.Is(err, fs.ErrNotExist):
			return false, errMeanwhile
		case err != nil:
			return false, err
		}
	}
	return true, tx.Remove(ctx, entry)
}

// make attaches a pair under a new number.
func (k *Keeper) make(ctx context.Context, tx *store.Tx, p pair, line, as string) error {
	var bits [16]byte
	if _, err := io.ReadFull(k.Random, bits[:]); err != nil {
		return err
	}
	number := hex.EncodeToString(bits[:])
	owner := store.Permission{Domain: 0, Access: store.NoAccess}
	client := store.Permission{Domain: p.client, Access: store.ReadOnly}
	service := store.Permission{Domain: p.service, Access: store.ReadOnly}
	entries := p.entries()
	for _, n := range []struct {
		path, value string
		readers     []store.Permission
	}{
		{entries[0], directory.FormatEntry(number, line), []store.Permission{owner, service}},
		{directory.Half(entries[0]), number, []store.Permission{owner, service, client}},
		{entries[1], directory.FormatEntry(number, as), []store.Permission{owner, client}},
		{directory.Half(entries[1]), number, []store.Permission{owner, client, service}},
	} {
		if err := tx.Write(ctx, n.path, n.value); err != nil {
			return err
		}
		if err := tx.SetPermissions(ctx, n.path, n.readers...); err != nil {
			return err
		}
	}
	return nil
}
