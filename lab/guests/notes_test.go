// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What Xen's own tool reads in an image. Host; needs the lab's dom0, boots no
// domain.

package guests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/lab/domtest"
)

// TestReadnotes has readnotes of Debian's xen-utils read an image: it must find
// the notes that mkimage wrote, with both entries where the symbols are.
func TestReadnotes(t *testing.T) {
	domtest.NeedLab(t)
	file := domtest.Image(t, "./examples/hello")
	remote := domtest.Stored(t, file)
	told := domtest.Dom0(t, "readnotes", remote)
	words := " " + strings.Join(strings.Fields(told), " ") + " "
	for _, want := range []string{
		"GUEST_OS: domlet", "XEN_VERSION: xen-3.0", "LOADER: generic", "PAE_MODE: yes",
		"VIRT_BASE: 0x400000 (8 bytes)", "PADDR_OFFSET: 0x400000 (8 bytes)",
		fmt.Sprintf("ENTRY: %#x (8 bytes)", testkit.Address(t, file, "domlet.entry")),
		fmt.Sprintf("PHYS32_ENTRY: %#x (4 bytes)", testkit.Address(t, file, "domlet.entry32")),
	} {
		if !strings.Contains(words, " "+want+" ") {
			t.Errorf("readnotes does not say %q:\n%s", want, told)
		}
	}
}
