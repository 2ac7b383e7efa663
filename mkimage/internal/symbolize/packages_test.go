// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Whose code a real program holds. Runs on the host.

package symbolize

import (
	"slices"
	"testing"
)

// TestPackages: the packages of a program, with nearly all of its code, also when it has no symbols.
func TestPackages(t *testing.T) {
	table, err := Load(program(t))
	if err != nil {
		t.Fatal(err)
	}
	list := table.Packages()
	sum := 0
	for i, p := range list {
		sum += p.Bytes
		if p.Functions == 0 || p.Bytes < 0 || i > 0 && p.Bytes > list[i-1].Bytes {
			t.Errorf("%+v behind %+v", p, list[max(i-1, 0)])
		}
	}
	if code := len(table.code); sum > code || sum < code*9/10 {
		t.Errorf("all packages have %d bytes together, the program has %d bytes of code", sum, code)
	}
	for _, path := range []string{"main", "runtime", "fmt", "internal/runtime/maps"} {
		if !slices.ContainsFunc(list, func(p Package) bool { return p.Path == path }) {
			t.Errorf("no package %s among %+v", path, list)
		}
	}
	stripped, err := Load(program(t, "-ldflags=-s"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(stripped.Packages(), list) {
		t.Errorf("stripped, the program has the packages %+v, before %+v", stripped.Packages(), list)
	}
}

// TestImportPath: the linker writes dots behind the last slash as %2e.
func TestImportPath(t *testing.T) {
	for in, want := range map[string]string{"gopkg.in/yaml%2ev3": "gopkg.in/yaml.v3", "fmt": "fmt", "": "", "50%": "50%"} {
		if got := importPath(in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}
