// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which programs get a network. Runs on the host.

package inject

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOffline: a program with package net gets a network, unless a line of its package main says that it needs none.
func TestOffline(t *testing.T) {
	for text, want := range map[string]string{
		"package main\n":                                 "/net/stack",
		"package main\n\n//domlet:offline\n":             "/rt/posix/offline",
		"package main\n\n// domlet:offline\n":            "/net/stack",
		"package main\n\n//domlet:offline or not\n":      "/net/stack",
		"// Doc.\n//\n//domlet:offline\npackage main\n":  "/rt/posix/offline",
		"package main\n\nvar s = \"//domlet:offline\"\n": "/net/stack",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p := &Package{Dir: dir, GoFiles: []string{"main.go"}, Deps: []string{"io", "net"}}
		if got := strings.TrimPrefix(p.network(), Module); got != want || usesNet([]*Package{p}) != (want == "/net/stack") {
			t.Errorf("%q is linked with %s, want %s", text, got, want)
		}
		p.Deps = []string{"io"}
		if got := strings.TrimPrefix(p.network(), Module); got != "/rt/posix/offline" {
			t.Errorf("a program without package net is linked with %s", got)
		}
	}
}
