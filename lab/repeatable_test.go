// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A test of the lab for measurements.

package lab

import (
	"os"
	"testing"
)

// TestRepeatableLab boots a lab whose clock counts instructions, with the Linux
// guest in it, and sees it end after its only client.
func TestRepeatableLab(t *testing.T) {
	if testing.Short() || os.Getenv("DOMLET_LAB") != "long" {
		t.Skip("boots another lab, for minutes; run with DOMLET_LAB=long")
	}
	t.Setenv("DOMLET_LAB_DIR", t.TempDir())
	l, err := Open(t.Context(), Options{Kind: Kind{Repeatable: true}, Progress: testLog{t}})
	if err != nil {
		t.Fatal(err)
	}
	guest, err := l.Linux(t.Context())
	if err != nil {
		t.Fatal(err, l.Diagnose(t.Context(), linuxName))
	}
	if out, err := guest.Output(t.Context(), "hostname"); err != nil || out != "linux\n" {
		t.Errorf("the guest says %q, %v", out, err)
	}
	guest.Close()
	l.Close()
	soon(t, "the end of the lab", func() bool {
		list, err := List()
		return err == nil && len(list) == 0
	})
}
