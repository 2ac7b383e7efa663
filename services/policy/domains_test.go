// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Lists of domains as text. Host only.

package policy

import (
	"slices"
	"strings"
	"testing"
)

func TestParseDomains(t *testing.T) {
	const text = `# who there is
work   type=AppVM tags=work,mail default_dispvm=dvm
dvm    type=AppVM template_for_dispvms=yes running=no

keys   uuid=6F3C1C0E-2a0f-4d7a-9b6e-0d1f2a3b4c5d internal=yes
`
	d := directory(t, text)
	var lines []string
	for one := range d.All() {
		lines = append(lines, one.String())
	}
	want := []string{
		"dvm type=AppVM template_for_dispvms=yes running=no",
		"keys uuid=6f3c1c0e-2a0f-4d7a-9b6e-0d1f2a3b4c5d internal=yes",
		"work type=AppVM tags=work,mail default_dispvm=dvm",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
	if d.LookupUUID("6f3c1c0e-2a0f-4d7a-9b6e-0d1f2a3b4c5d").Name != "keys" || d.Lookup("nobody") != nil || !d.Lookup("dvm").Halted {
		t.Error("looked up, a domain is another")
	}
	if again := directory(t, strings.Join(lines, "\n")); again.Lookup("work").String() != want[2] {
		t.Error("printed, a domain is another")
	}
}

func TestBadDomains(t *testing.T) {
	for text, want := range map[string]string{
		"ok\nwo/rk":             "domains:2: \"wo/rk\" cannot be the name",
		"-work":                 "domains:1: \"-work\" cannot be the name",
		strings.Repeat("n", 64): "cannot be the name",
		"work type=":            "type=: that value",
		"work type=a/b":         "that value",
		"work tags=":            "tags=: that value",
		"work tags=a,,b":        "\"\" cannot be a type, a tag or a domain",
		"work uuid=1":           "uuid=1: that value",
		"work running=maybe":    "that value",
		"work internal":         "that value",
		"work colour=red":       "unknown property \"colour\"",
		"work type=A type=A":    "type= stands there twice",
		"work\nwork":            "two domains work",
		"a uuid=" + adminUUID + "\nb uuid=" + adminUUID: "same UUID",
	} {
		if _, err := ParseDomains("domains", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := ParseDomain("  "); err == nil {
		t.Error("a domain without a name")
	}
}

func FuzzParseDomain(f *testing.F) {
	f.Add("work type=AppVM tags=a,b uuid=6f3c1c0e-2a0f-4d7a-9b6e-0d1f2a3b4c5d running=no")
	f.Fuzz(func(t *testing.T, line string) {
		d, err := ParseDomain(line)
		if err != nil {
			return
		}
		again, err := ParseDomain(d.String())
		if err != nil || again.String() != d.String() {
			t.Fatalf("%q, then %q, %v", d.String(), again.String(), err)
		}
	})
}
