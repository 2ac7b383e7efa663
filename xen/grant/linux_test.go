// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && !domlet

// Linux's devices where they fail. Host.

package grant

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// TestCopyFails: where nothing was copied each operation says so, whoever looks at it alone.
func TestCopyFails(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for name, c := range map[string]struct {
		gntdev func() (int, error)
		size   int
		want   error
	}{
		"no device":       {func() (int, error) { return 0, syscall.ENOENT }, 8, syscall.ENOENT},
		"another device":  {func() (int, error) { return int(null.Fd()), nil }, 8, syscall.ENOTTY},
		"across the page": {func() (int, error) { return int(null.Fd()), nil }, PageSize + 1, nil},
	} {
		ops := []CopyOp{{Data: make([]byte, 8)}, {Data: make([]byte, c.size)}}
		err := (&devices{gntdev: c.gntdev}).Copy(ops)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		for _, op := range ops {
			if op.Err != err {
				t.Errorf("%s: an operation says %v", name, op.Err)
			}
		}
	}
}
