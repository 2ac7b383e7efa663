// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the domain is told and what it is made of. Host.

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/services/journal"
	"github.com/domlet/domlet/services/policy"
)

// TestLoad: the built-in policy, one of a directory, and one with an error, which denies everything.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	load := func(dir string) *policy.Policy { return load(dir, journal.New(io.Discard)) }
	if p := load(filepath.Join(dir, "none")); p.Err() != nil || len(p.Rules()) != 1 {
		t.Errorf("built in: %v, %v", p, p.Err())
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("10-a.policy", "clipboard.Paste * a b allow\n")
	write("20-b.policy", "clipboard.Paste * b a allow\n")
	if p := load(dir); p.Err() != nil || len(p.Rules()) != 2 {
		t.Errorf("a directory: %v, %v", p, p.Err())
	}
	write("30-c.policy", "clipboard.Paste * b\n")
	p := load(dir)
	known, _ := policy.NewDomains([]policy.Domain{{Name: "a"}, {Name: "b"}})
	d := p.Evaluate(known, policy.Request{Service: clipboard.PasteService, Source: "a", Target: "b"})
	if p.Err() == nil || !strings.Contains(p.Err().Error(), "30-c.policy:1") || d.Action != policy.Deny {
		t.Errorf("an error: %v, %v", p.Err(), d.String())
	}
}

func TestLimit(t *testing.T) {
	limits := map[string]int{}
	for _, text := range []string{"", "a", "a=", "a=-1", "a=256001", "a b=1", "=1", "a=1x"} {
		if limit(limits, text) == nil {
			t.Errorf("%q was taken", text)
		}
	}
	if limit(limits, "a=256000") != nil || limits["a"] != 256000 {
		t.Errorf("%v", limits)
	}
}

// TestDependencies: the domain is linked with what testdata/packages lists, and nothing else.
func TestDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-tags", "domlet", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "packages"))
	if err != nil {
		t.Fatal(err)
	}
	if string(out) != string(want) {
		t.Errorf("the domain is linked with\n%s, and testdata/packages has\n%s", out, want)
	}
}
