// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A policy that is printed is the same policy: fuzzed, with the parser. Host only.

package policy

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// sameRules compares all but where the rules stand.
func sameRules(a, b *Policy) bool {
	return slices.EqualFunc(a.Rules(), b.Rules(), func(x, y *Rule) bool {
		one, other := *x, *y
		one.File, one.Line, other.File, other.Line = "", 0, "", 0
		return one == other
	})
}

// seeds are the policies of testdata.
func seeds(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatal(paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			f.Add(string(file.Data))
		}
	}
}

func FuzzParse(f *testing.F) {
	seeds(f)
	dir := directory(f, "work type=AppVM tags=a default_dispvm=dvm\nmail\ndvm template_for_dispvms=yes")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse("p", text)
		if err != nil {
			checkErrors(t, err, text)
			return
		}
		again, err := Parse("again", p.String())
		if err != nil || !sameRules(p, again) {
			t.Fatalf("printed, it is another policy: %v\n%s", err, p)
		}
		for _, r := range p.Rules() {
			if r.Service == anyWord {
				p.Evaluate(dir, Request{Service: "x", Source: "work", Target: r.Target.String()})
			}
		}
	})
}

// checkErrors finds errors that name no line of the text.
func checkErrors(t *testing.T, err error, text string) {
	var errs Errors
	if !errors.As(err, &errs) || len(errs) == 0 {
		t.Fatalf("%v is no list of errors", err)
	}
	for _, e := range errs {
		if e.Line < 1 || e.Line > strings.Count(text, "\n")+1 || e.File != "p" || strings.Contains(e.Text, "\n") {
			t.Fatalf("an error at line %d of %s: %q", e.Line, e.File, e.Text)
		}
	}
}

// FuzzLoad has directives in it that find files.
func FuzzLoad(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text string) {
		file := &fstest.MapFile{Data: []byte(text)}
		tree := fstest.MapFS{"d/p.policy": file, "d/include/x": file, "d/q.policy": {Data: []byte("!include include/x\n")}, "etc/qubes-rpc/policy/x+y": file}
		p, err := Load(Files{FS: tree, Paths: []string{"d"}})
		if (err == nil) != (p.Err() == nil) {
			t.Fatal(err, p.Err())
		}
		if err != nil {
			return
		}
		if again, err := Parse("again", p.String()); err != nil || !sameRules(p, again) {
			t.Fatalf("printed, it is another policy: %v\n%s", err, p)
		}
	})
}

// FuzzRequest has a caller say anything.
func FuzzRequest(f *testing.F) {
	for _, target := range []string{"", "work", "@dispvm", "@dispvm:dvm", "uuid:x", "*", "dom0"} {
		f.Add("x", "y", "work", target)
	}
	p := parsed(f, "x * @anyvm @anyvm ask\n* * * * allow")
	dir := directory(f, "work default_dispvm=dvm\nmail\ndvm template_for_dispvms=yes")
	f.Fuzz(func(t *testing.T, service, argument, source, target string) {
		d := p.Evaluate(dir, Request{service, argument, source, target})
		template, disposable := cutDisposable(d.Target)
		switch {
		case d.Action == Allow && d.Target != adminName && dir.Lookup(d.Target) == nil && !(disposable && dir.Lookup(template) != nil):
			t.Errorf("%q is nobody", d.Target)
		case d.Action == Ask && len(d.Targets) == 0:
			t.Error("asked about nothing")
		case strings.Contains(d.String(), "\n"):
			t.Errorf("%q", d.String())
		}
	})
}
