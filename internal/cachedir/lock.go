// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How processes take turns. Host only.

package cachedir

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/gofrs/flock"
)

// lockAgain is how soon a lock that another process has is tried again.
const lockAgain = 50 * time.Millisecond

// Lock waits for the exclusive lock of a file, which it makes where there is none, and
// returns its release. It waits no longer than the context, whose cause its error is.
func Lock(ctx context.Context, path string) (unlock func(), err error) {
	l := flock.New(path, flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, lockAgain); err != nil {
		l.Close()
		return nil, fmt.Errorf("waiting for %s: %w", path, cmp.Or(context.Cause(ctx), err))
	}
	return func() { l.Close() }, nil
}
