// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Policies as a whole: errors that deny, printing, the limits. Host only.

package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// parsed returns a policy that has no error.
func parsed(t testing.TB, text string) *Policy {
	t.Helper()
	p, err := Parse("p", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// directory returns domains.
func directory(t testing.TB, text string) *Domains {
	t.Helper()
	d, err := ParseDomains("domains", text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// One error anywhere denies everything, and every refusal says which.
func TestErrorDeniesEverything(t *testing.T) {
	p, err := Parse("p", "* * * * allow\n* * * * alow\n")
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != 1 || errs[0].Line != 2 || p.Err() == nil || len(p.Rules()) != 0 {
		t.Fatalf("%v, %v", err, p)
	}
	d := p.Evaluate(directory(t, "work\nmail"), Request{Service: "x", Source: "work", Target: "mail"})
	if want := "denied: the policy has an error: p:2: "; d.Action != Deny || !strings.HasPrefix(d.String(), want) || !d.Notify() {
		t.Errorf("%v", d.String())
	}
	if b := Broken(fs.ErrNotExist); !errors.Is(b.Err(), fs.ErrNotExist) {
		t.Error(b.Err())
	}
}

// A policy without lines denies, and is no error.
func TestEmpty(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing\n\t\n"} {
		p := parsed(t, text)
		if d := p.Evaluate(directory(t, "work"), Request{Service: "x", Source: "work", Target: "work"}); d.Action != Deny || d.String() != "denied: no rule matches" {
			t.Errorf("%q: %v", text, d.String())
		}
	}
	if p, err := Load(Files{FS: fstest.MapFS{"d": {Mode: fs.ModeDir | 0o755}}, Paths: []string{"d"}}); err != nil || p.Err() != nil {
		t.Error(err)
	}
}

// What one text cannot do.
func TestParseIncludesNothing(t *testing.T) {
	for _, line := range []string{"!include x", "!include-dir x", "!include-service x * y", "!compat-4.0"} {
		if _, err := Parse("p", line); err == nil || !strings.Contains(err.Error(), "p:1: ") || !strings.Contains(err.Error(), "includes no files") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// Lines that look otherwise than they are read are errors; the ends of lines of
// other systems are not.
func TestLineEnds(t *testing.T) {
	if p := parsed(t, "a * * * allow\r\nb * * * allow\r\n"); len(p.Rules()) != 2 {
		t.Error(p)
	}
	for _, text := range []string{"a * * * deny\ra * * * allow", "a * * * allow\x00", "a * * \v* allow", "a * \xff * allow"} {
		if _, err := Parse("p", text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// Files that include each other, or more than anybody means, end in an error and
// not in a hang.
func TestIncludeBomb(t *testing.T) {
	tree := fstest.MapFS{"x": {Data: []byte("a * * * allow\n")}}
	for i := range 12 {
		text := strings.Repeat(fmt.Sprintf("!include %s\n", below(i)), 8)
		tree[fmt.Sprint("f", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	p, err := Load(Files{FS: tree, Paths: []string{"f11"}})
	if err == nil || !strings.Contains(err.Error(), "files are included") || p.Err() == nil {
		t.Errorf("%v", err)
	}
	deep := fstest.MapFS{}
	for i := range 2 * maxDepth {
		deep[fmt.Sprint("f", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "!include f%d\n", i+1)}
	}
	if _, err := Load(Files{FS: deep, Paths: []string{"f0"}}); err == nil || !strings.Contains(err.Error(), "include each other") {
		t.Errorf("%v", err)
	}
	if _, err := Parse("p", strings.Repeat("a * * * allow\n", maxRules+2)); err == nil || !strings.Contains(err.Error(), "more than 65536 rules") {
		t.Errorf("%v", err)
	}
	if _, err := Parse("p", strings.Repeat("a\n", 10*maxErrors)); len(err.(Errors)) != maxErrors {
		t.Errorf("%v", err)
	}
}

func below(i int) string {
	if i == 0 {
		return "x"
	}
	return fmt.Sprint("f", i-1)
}

// What was asked is answered by one of the targets, or denied.
func TestChoose(t *testing.T) {
	p := parsed(t, "x * work @default ask user=guest notify=yes\nx * work mail allow\nx * work vault allow\ny * work mail allow\nz * work @default ask notify=no\nz * work mail ask")
	dir := directory(t, "work\nmail\nvault\nother")
	d := p.Evaluate(dir, Request{Service: "x", Source: "work"})
	if d.Action != Ask || strings.Join(d.Targets, " ") != "mail vault" || d.Target != "" {
		t.Fatal(d)
	}
	for answer, want := range map[string]string{
		"mail":    "allowed by p:1",
		"vault":   "allowed by p:1",
		"":        "denied at p:1: whoever was asked said no",
		"other":   "denied at p:1: whoever was asked chose what was not offered",
		"dom0":    "denied at p:1: whoever was asked chose what was not offered",
		"mail\n":  "denied at p:1: whoever was asked chose what was not offered",
		"@dispvm": "denied at p:1: whoever was asked chose what was not offered",
	} {
		c := d.Choose(answer)
		allowed := strings.HasPrefix(want, "allowed")
		if c.String() != want || (c.Action == Allow) != allowed || allowed && (c.Target != answer || c.User() != "guest" || !c.Notify()) || !allowed && c.Target != "" {
			t.Errorf("%q: %v %+v", answer, c.String(), c)
		}
	}
	if c := p.Evaluate(dir, Request{Service: "z", Source: "work"}).Choose(""); c.Notify() {
		t.Error("a rule with notify=no has somebody told of the answer")
	}
	if d := p.Evaluate(dir, Request{Service: "y", Source: "work", Target: "mail"}); d.Choose("vault").Target != "mail" {
		t.Error("an answer changed what nobody was asked about")
	}
}

// Match says what differs first, for explanations.
func TestMatch(t *testing.T) {
	p := parsed(t, "x +a work mail allow")
	dir := directory(t, "work\nmail")
	for request, want := range map[Request]Mismatch{
		{"x", "a", "work", "mail"}:           Matches,
		{"y", "a", "work", "mail"}:           OtherService,
		{"x", "", "work", "mail"}:            OtherArgument,
		{"x", "a", "mail", "mail"}:           OtherSource,
		{"x", "a", "work", "work"}:           OtherTarget,
		{"x", "a", "work", "@anyvm"}:         OtherTarget,
		{"x", "a", "work", "@dispvm:nobody"}: OtherTarget,
		{"x/", "a", "work", "mail"}:          OtherService,
	} {
		if got := p.Rules()[0].Match(dir, request); got != want {
			t.Errorf("%v: %v, want %v", request, got, want)
		}
	}
}
