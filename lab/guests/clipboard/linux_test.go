// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A Linux domain as a client. Host; boots domains.

package clipboard

import (
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// linuxDomain is the name of the lab's Linux guest.
const linuxDomain = "domlet-linux"

// TestLinuxDomain: copied in a Linux domain, refused in one of domlet's, pasted in
// another; and the other way, as much as a domain may copy, for the Linux domain
// alone.
func TestLinuxDomain(t *testing.T) {
	domtest.NeedLong(t)
	guest, err := labtest.Need(t).Linux(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { guest.Close() })
	clip := "/tmp/" + domtest.Unique()
	if err := guest.Put(t.Context(), domtest.Program(t, clientPackage), clip); err != nil {
		t.Fatal(err)
	}
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		h := open(t, mode)
		h.attach(linuxDomain)
		text := marker()
		h.inLinux(guest, clip, strings.NewReader(text), "copy").Succeed()
		h.traces("after the copy", text, 1)
		h.client(h.c, "", "paste").Code(deniedCode)
		h.says("audit: paste by="+h.c, "of="+linuxDomain, `result="not allowed"`)
		if got := h.client(h.b, "", "paste").Succeed(); got != text {
			t.Errorf("pasted %q, want %q", got, text)
		}
		h.traces("after the paste", text, 0)
		large := strings.Repeat("0123456789abcdef", 4000)
		h.client(h.a, large, "copy", "-for", linuxDomain).Succeed()
		h.inDom0("", "paste").Code(deniedCode)
		if got := h.inLinux(guest, clip, strings.NewReader(""), "paste").Succeed(); got != large {
			t.Errorf("pasted %d bytes, want %d", len(got), len(large))
		}
	})
}
