// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Compiled privileged code, and compiled code that must be refused. Host only; runs the compiler.

package lint

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestPrivilegedCompiled compiles every privileged package as mkimage does, and looks for calls it may not make.
func TestPrivilegedCompiled(t *testing.T) {
	tree, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	calls, err := Privileged(root, "domlet", packages(privilegedSources(tree))...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range calls {
		t.Errorf("%s: %s calls %s", c.Pos, c.Func, c.Target)
	}
}

// packages lists the import paths of the packages that files make up.
func packages(files []*File) []string {
	var paths []string
	for _, f := range files {
		paths = append(paths, Module+"/"+f.dir())
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// TestPrivilegedCatches compiles a package of forbidden calls: each function there must be found with the call its name says.
func TestPrivilegedCatches(t *testing.T) {
	calls, err := Privileged(".", "", Module+"/internal/lint/testdata/compiled")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"makeSlice":    "runtime.makeslice",
		"newObject":    "runtime.newobject",
		"appendInts":   "runtime.growslice",
		"mapAccess":    "runtime.mapaccess1_fast64",
		"addStrings":   "runtime.concatstring",
		"storePointer": "runtime.gcWriteBarrier",
		"panicText":    "runtime.gopanic",
		"callClosure":  "indirect",
		"callMethod":   "indirect",
	}
	for name, target := range want {
		if !slices.ContainsFunc(calls, func(c Call) bool { return strings.HasSuffix(c.Func, "."+name) && c.hits(target) }) {
			t.Errorf("%s: no call of %s found", name, target)
		}
	}
	for _, c := range calls {
		if strings.HasSuffix(c.Func, ".allowed") {
			t.Errorf("%s: refused %s, which is allowed", c.Pos, c.Target)
		}
	}
}

// hits reports whether a call is the one that a test expects; "indirect" stands for any call by register.
func (c Call) hits(target string) bool {
	if target == "indirect" {
		return !c.Direct
	}
	return strings.HasPrefix(c.Target, target)
}

// TestPrivilegedEscape shows that the compiler itself refuses an implicit allocation in privileged code, and how we say so.
func TestPrivilegedEscape(t *testing.T) {
	_, err := Privileged(".", "", Module+"/internal/lint/testdata/escape")
	if err == nil || !strings.Contains(err.Error(), "not allowed in runtime") {
		t.Errorf("got %v, want the compiler's refusal", err)
	}
}
