// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains that try what Xen gives a domain, on themselves. Host; boots domains.

package primitives

import (
	"slices"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

// TestGuests boots each of them, in each mode.
func TestGuests(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		domtest.BootAll(t, mode, slices.Concat(channels(), grantTables(mode), xenstores()))
	})
}
