// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Who waits for a lock. Host.

package cachedir

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// TestLockEnds: who waits for another process goes away when told to, and leaves the lock as it is.
func TestLockEnds(t *testing.T) {
	path, enough := filepath.Join(t.TempDir(), "lock"), errors.New("enough")
	unlock, err := Lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 3*lockAgain, enough)
		defer cancel()
		if _, err := Lock(ctx, path); !errors.Is(err, enough) {
			t.Errorf("two have the lock, or nobody said why not: %v", err)
		}
	}
	unlock()
	if unlock, err = Lock(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	unlock()
}
