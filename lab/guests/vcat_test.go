// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The example vcat, as a domain and as a process in dom0. Host; boots domains.

package guests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/labtest"
)

const vcat = "./examples/vcat"

// TestVcat sends a text from dom0's standard input to a domain's standard output, in
// both roles.
func TestVcat(t *testing.T) {
	needLab(t)
	peer := stored(t, program(t, vcat))
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "line %d of a text that goes through a vchan\n", i)
	}
	inFirstMode(t, func(t *testing.T, mode string) {
		for i, role := range []string{"listen", "dial"} {
			port := fmt.Sprint(700 + i)
			d := domain(t, mode, vcat, role, "0", port)
			other := job{role: role}.counterpart().role
			process(t, labtest.Need(t).Remote, strings.NewReader(text.String()), peer, "-q", other, d.number(), port).succeed()
			if got := d.succeed(); got != text.String() {
				t.Errorf("%s: the domain printed\n%s", role, ends(got))
			}
		}
	})
}
