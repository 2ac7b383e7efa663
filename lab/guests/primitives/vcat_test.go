// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The example vcat, as a domain and as a process in dom0. Host; boots domains.

package primitives

import (
	"fmt"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/labtest"

	"github.com/domlet/domlet/lab/domtest"
)

const vcat = "./examples/vcat"

// TestVcat sends a text from dom0's standard input to a domain's standard output, in
// both roles.
func TestVcat(t *testing.T) {
	domtest.NeedLab(t)
	peer := domtest.InDom0(t, vcat)
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "line %d of a text that goes through a vchan\n", i)
	}
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		for i, role := range []string{"listen", "dial"} {
			port := fmt.Sprint(700 + i)
			d := domtest.Domain(t, mode, vcat, role, "0", port)
			other := job{role: role}.counterpart().role
			domtest.Process(t, labtest.Need(t).Remote, strings.NewReader(text.String()), peer, "-q", other, d.Number(), port).Succeed()
			if got := d.Succeed(); got != text.String() {
				t.Errorf("%s: the domain printed\n%s", role, domtest.Ends(got))
			}
		}
	})
}
