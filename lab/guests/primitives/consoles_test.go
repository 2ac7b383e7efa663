// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A domain's second console, with a process in dom0 at its other end. Host;
// boots domains.

package primitives

import (
	"testing"

	"github.com/domlet/domlet/lab/labtest"

	"github.com/domlet/domlet/lab/domtest"
)

// consoleEnds runs both ends: words in a domain, and in dom0 words whose second
// is the domain's number.
func consoleEnds(t *testing.T, mode, inDomain string, inDom0 ...string) {
	t.Helper()
	const pkg = "./lab/guests/consoles"
	l := labtest.Need(t)
	tool, err := l.Store(t.Context(), domtest.Program(t, pkg))
	if err != nil {
		t.Fatal(err)
	}
	d := domtest.Domain(t, mode, pkg, inDomain)
	words := append([]string{tool, inDom0[0], d.Number()}, inDom0[1:]...)
	domtest.Process(t, l.Remote, nil, words...).Succeed()
	d.Succeed()
}

// TestConsoles sends 20 kB through a console and back.
func TestConsoles(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) { consoleEnds(t, mode, "echo", "offer", "20000") })
}

// TestConsoleLoss has dom0 read nothing for a while: the domain goes on, and says
// what was lost.
func TestConsoleLoss(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InModes(t, func(t *testing.T, mode string) { consoleEnds(t, mode, "flood", "stall") })
}
