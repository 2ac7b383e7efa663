// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// GOFLAGS taken apart and put together.

package inject

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitFlags(t *testing.T) {
	for in, want := range map[string][]string{
		"":                         nil,
		"  -a\t-b=c ":              {"-a", "-b=c"},
		"'-ldflags=-s -w' -x":      {"-ldflags=-s -w", "-x"},
		`"-ldflags=-X 'a=b c'"`:    {"-ldflags=-X 'a=b c'"},
		"-tags=a'b":                {"-tags=a'b"},
		"'-toolexec=\"/a b/c\" d'": {`-toolexec="/a b/c" d`},
	} {
		if got, err := splitFlags(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("splitFlags(%q) = %q, %v", in, got, err)
		}
	}
	if _, err := splitFlags("-a '-b"); err == nil {
		t.Error("an open quote was accepted")
	}
}

func FuzzJoinFlags(f *testing.F) {
	f.Add("-a", "-ldflags=-s -w")
	f.Add("-X 'q'", `-Y "q"`)
	f.Fuzz(func(t *testing.T, a, b string) {
		words := []string{"-" + a, "-" + b}
		text, err := JoinFlags(words)
		if err != nil {
			return // both quotes in one word
		}
		if got, err := splitFlags(text); err != nil || !slices.Equal(got, words) {
			t.Errorf("%q became %q, %v by way of %q", words, got, err, text)
		}
	})
}

// What the user said stays, before ours; what decides about the kind of build
// is taken over or refused.
func TestUserFlags(t *testing.T) {
	u, err := parseFlags("-tags=one,two --mod=mod -gcflags=all=-N '-ldflags=-s -w' -v -race=false")
	if err != nil {
		t.Fatal(err)
	}
	got := u.flags("/o.json", "/m toolexec")
	text := strings.Join(got, "|")
	for _, want := range []string{"-gcflags=all=-N|-ldflags=-s -w|-v|-race=false|-overlay=/o.json|-tags=domlet,one,two|",
		"|-gcflags=github.com/domlet/domlet/xen/pv=-+|", "|-toolexec=/m toolexec|-trimpath|-buildvcs=false"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	if u.mod != "mod" || strings.Contains(text, "-mod") {
		t.Errorf("-mod: %q in %q", u.mod, text)
	}
}

func TestIsPrivileged(t *testing.T) {
	for path, want := range map[string]bool{
		Module + "/rt/kernel": true, Module + "/rt/kernel/frames": true, Module + "/xen/pv": true,
		Module + "/rt/kernels": false, Module + "/rt": false, Module + "/xen/pvh/x": false, "runtime": false,
	} {
		if IsPrivileged(path) != want {
			t.Errorf("IsPrivileged(%q) = %v", path, !want)
		}
	}
}
