// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Names, states, images and Xen's log. Runs on the host.

package domain

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestNewName(t *testing.T) {
	good := regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,48}-[0-9a-f]{8}$`)
	for _, program := range []string{"hello", "", "9lives", "a b/c", "ünïcode", "...", strings.Repeat("long", 50)} {
		a, b := NewName(program), NewName(program)
		if !good.MatchString(a) || a == b {
			t.Errorf("names for %q: %q, %q", program, a, b)
		}
	}
}

func TestParseState(t *testing.T) {
	for row, want := range map[string]state{
		"x 5 8 1 -b---- 0.1 uuid - -":  {},
		"x 5 8 1 r----- 0.1 uuid - -":  {},
		"x 5 8 1 ---s-- 0.1 uuid 0 -":  {down: true, reason: reasonPoweroff},
		"x 5 8 1 ---sc- 0.1 uuid 3 -":  {down: true, reason: reasonCrash},
		"x 5 8 1 ---s-- 0.1 uuid 1 -":  {down: true, reason: reasonReboot},
		"(null) 5 0 1 --psd- 0 uuid 0": {gone: true, down: true},
	} {
		if got, err := parseState(strings.Fields(row)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", row, got, err)
		}
	}
	if got, err := parseState(strings.Fields("Domain-0 0 768")); err == nil {
		t.Errorf("half a row gives %+v", got)
	}
}

func TestCheckImage(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("\x7fELF"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		self:      "no image for Xen",
		text:      "is not an ELF file",
		"doc.go":  "is not an ELF file",
		"nowhere": "no such file",
	} {
		if err := CheckImage(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CheckImage(%s) = %v, want %q", path, err, want)
		}
	}
}

func TestNames(t *testing.T) {
	for line, want := range map[string]bool{
		"(XEN) d5v0 Unhandled page fault":              true,
		"(XEN) Domain 5 (vcpu#0) crashed on cpu#0:":    true,
		"(XEN) domain_crash called from d5":            true,
		"(XEN) mm.c:1: dom5: bad page":                 true,
		"(XEN) d51v0 Unhandled page fault":             false,
		"(XEN) Domain 51 (vcpu#0) crashed on cpu#0:":   false,
		"(XEN) RIP: e033:[<00000000005 >] id5 5 d 5v0": false,
	} {
		if got := names(line, "5"); got != want {
			t.Errorf("names(%q, 5) = %v", line, got)
		}
	}
}
