// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the toolstack does for an interface, in a xenstore of a test's.

package netiftest

import (
	"context"
	"errors"
	"fmt"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// FrontPath and BackPath are the directories of the two ends of an interface.
func FrontPath(front abi.Domid_t, device int) string {
	return fmt.Sprintf("/local/domain/%d/device/vif/%d", front, device)
}

// BackPath is the backend's.
func BackPath(front, back abi.Domid_t, device int) string {
	return fmt.Sprintf("/local/domain/%d/backend/vif/%d/%d", back, front, device)
}

// Plug does what xl does for a new interface: both directories, in one step. The
// client is dom0's.
func Plug(ctx context.Context, dom0 *store.Client, frontDomain, backDomain abi.Domid_t, device int, mac string) error {
	front, back := FrontPath(frontDomain, device), BackPath(frontDomain, backDomain, device)
	return dom0.Transaction(ctx, func(tx *store.Tx) error {
		return errors.Join(
			directory(ctx, tx, front, frontDomain, backDomain),
			directory(ctx, tx, back, backDomain, frontDomain),
			fill(ctx, tx, front, "backend", back, "backend-id", backDomain, "handle", device, "mac", mac, "state", 1),
			fill(ctx, tx, back, "frontend", front, "frontend-id", frontDomain, "handle", device, "mac", mac, "online", 1, "state", 1))
	})
}

// directory makes a directory that one domain owns and another may read.
func directory(ctx context.Context, tx *store.Tx, path string, owner, reader abi.Domid_t) error {
	if err := tx.Mkdir(ctx, path); err != nil {
		return err
	}
	return tx.SetPermissions(ctx, path,
		store.Permission{Domain: owner, Access: store.NoAccess}, store.Permission{Domain: reader, Access: store.ReadOnly})
}

// fill writes pairs of names and values.
func fill(ctx context.Context, tx *store.Tx, path string, pairs ...any) error {
	for i := 0; i < len(pairs); i += 2 {
		if err := tx.Write(ctx, fmt.Sprint(path, "/", pairs[i]), fmt.Sprint(pairs[i+1])); err != nil {
			return err
		}
	}
	return nil
}
