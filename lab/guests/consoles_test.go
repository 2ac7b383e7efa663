// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A domain's second console, with a process in dom0 at its other end. Host;
// boots domains.

package guests

import (
	"testing"

	"github.com/domlet/domlet/lab/labtest"
)

// consoleEnds runs both ends: words in a domain, and in dom0 words whose second
// is the domain's number.
func consoleEnds(t *testing.T, mode, inDomain string, inDom0 ...string) {
	t.Helper()
	const pkg = "./lab/guests/consoles"
	l := labtest.Need(t)
	tool, err := l.Store(t.Context(), program(t, pkg))
	if err != nil {
		t.Fatal(err)
	}
	d := domain(t, mode, pkg, inDomain)
	words := append([]string{tool, inDom0[0], d.number()}, inDom0[1:]...)
	process(t, l.Remote, nil, words...).succeed()
	d.succeed()
}

// TestConsoles sends 20 kB through a console and back.
func TestConsoles(t *testing.T) {
	needLab(t)
	inFirstMode(t, func(t *testing.T, mode string) { consoleEnds(t, mode, "echo", "offer", "20000") })
}

// TestConsoleLoss has dom0 read nothing for a while: the domain goes on, and says
// what was lost.
func TestConsoleLoss(t *testing.T) {
	needLong(t)
	inModes(t, func(t *testing.T, mode string) { consoleEnds(t, mode, "flood", "stall") })
}
