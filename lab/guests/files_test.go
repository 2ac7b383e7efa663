// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files in a domain, compared with files on Linux. Host; boots domains.

package guests

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

const filesGuest = "./lab/guests/files"

// TestFilesAsOnLinux makes the same random calls on Linux and in a domain. The
// sums over all that they returned must be the same.
func TestFilesAsOnLinux(t *testing.T) {
	needLab(t)
	args := []string{"2000"}
	for range 20 {
		args = append(args, fmt.Sprint(rand.Uint64()))
	}
	g := guest{name: "files", pkg: filesGuest, args: args}
	r := run(t, g.limit(), program(t, g.pkg), g.args...)
	if r.code != 0 {
		t.Fatalf("on Linux: %s%s", r.stdout, r.stderr)
	}
	g.want = []string{r.stdout}
	inModes(t, func(t *testing.T, mode string) { check(t, g, boot(t, g.in(mode))) })
}
