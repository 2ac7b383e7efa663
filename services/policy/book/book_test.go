// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Policies that are changed while they decide. Host.

package book

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/domlet/domlet/services/policy"
)

// says is how a book decides about a call of the service s from a to b.
func says(b *Book, t *testing.T) string {
	d, err := policy.ParseDomains("domains", "a\nb\n")
	if err != nil {
		t.Fatal(err)
	}
	decision := b.Policy().Evaluate(d, policy.Request{Service: "s", Source: "a", Target: "b"})
	return decision.String()
}

func (b *Book) mustReplace(t *testing.T, name, token, text string) {
	t.Helper()
	if err := b.Replace(name, token, text); err != nil {
		t.Fatal(err)
	}
}

// TestBook: files are added, replaced and removed, and each decision is by what holds at that moment.
func TestBook(t *testing.T) {
	tree := fstest.MapFS{
		"etc/qubes/policy.d/50-b.policy":      {Data: []byte("s * a b deny\n")},
		"etc/qubes/policy.d/include/shared":   {Data: []byte("s * a b allow\n")},
		"etc/qubes/policy.d/README":           {Data: []byte("none of ours")},
		"etc/qubes/policy.d/90-later.policy":  {Data: []byte("s * * * deny\n")},
		"etc/qubes/policy.d/.40-draft.policy": {Data: []byte("nonsense")},
	}
	b, err := Open(tree, "/etc/qubes/policy.d", "")
	if err != nil {
		t.Fatal(err)
	}
	check := func(want string) {
		t.Helper()
		if got := says(b, t); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	check("denied by /etc/qubes/policy.d/50-b.policy:1")
	b.mustReplace(t, "30-a", NewFile, "# first\ns * a b allow\n")
	check("allowed by /etc/qubes/policy.d/30-a.policy:2")
	if got := b.List(false); !slices.Equal(got, []string{"30-a", "50-b", "90-later"}) {
		t.Errorf("files: %q", got)
	}
	_, token, err := b.Get("30-a")
	if err != nil {
		t.Fatal(err)
	}
	b.mustReplace(t, "30-a", token, "!include include/shared\n")
	check("allowed by /etc/qubes/policy.d/include/shared:1")
	b.mustReplace(t, "include/shared", AnyFile, "\ns * a b deny\n")
	check("denied by /etc/qubes/policy.d/include/shared:2")
	if err := b.Remove("include/shared", AnyFile); err == nil || !strings.Contains(err.Error(), "30-a.policy:1") {
		t.Errorf("removing what is included: %v", err)
	}
	if err := b.Remove("30-a", token); !errors.Is(err, ErrChanged) {
		t.Errorf("removing with an old token: %v", err)
	}
	for _, name := range []string{"30-a", "50-b"} {
		if err := b.Remove(name, AnyFile); err != nil {
			t.Fatal(err)
		}
	}
	check("denied by /etc/qubes/policy.d/90-later.policy:1")
	if got := b.List(true); !slices.Equal(got, []string{"shared"}) {
		t.Errorf("files to include: %q", got)
	}
}

// TestBookRefuses: a change that is an error changes nothing.
func TestBookRefuses(t *testing.T) {
	b, err := Open(fstest.MapFS{}, "policy.d", "s * a b allow\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, token, text, want string }{
		{"default", AnyFile, "s * a b maybe\n", "/policy.d/default.policy:1"},
		{"default", NewFile, "", "token"},
		{"default", "sha256:00", "", "token"},
		{"other", "sha256:00", "", "token"},
		{"", NewFile, "", "small letters"},
		{"../up", NewFile, "", "small letters"},
		{"include/../up", NewFile, "", "small letters"},
		{"Upper", NewFile, "", "small letters"},
		{"other", NewFile, strings.Repeat("#", maxChange+1), "at most"},
		{"other", NewFile, "!include missing\n", "/policy.d/other.policy:1"},
	} {
		if err := b.Replace(c.name, c.token, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: %v", c.name, c.token, err)
		}
	}
	if err := b.Remove("other", AnyFile); !errors.Is(err, ErrNoFile) {
		t.Errorf("removing nothing: %v", err)
	}
	if got := says(b, t); got != "allowed by /policy.d/default.policy:1" {
		t.Error(got)
	}
}

// TestBookWithErrors: a policy that has errors from the beginning denies everything and says where; a change mends it.
func TestBookWithErrors(t *testing.T) {
	b, err := Open(fstest.MapFS{"p/10-x.policy": {Data: []byte("s * a b allow\ns * a b\n")}}, "p", "")
	if err == nil || !strings.Contains(says(b, t), "denied: the policy has an error: /p/10-x.policy:2") {
		t.Errorf("%v, %s", err, says(b, t))
	}
	if err := b.Replace("20-y", NewFile, "s * a b allow\n"); err == nil {
		t.Error("with an error elsewhere, a change was made")
	}
	b.mustReplace(t, "10-x", AnyFile, "s * a b allow\n")
	if got := says(b, t); got != "allowed by /p/10-x.policy:1" {
		t.Error(got)
	}
}

// TestBookMended: errors in two files are mended one after the other. Until both are, everything is denied.
func TestBookMended(t *testing.T) {
	b, err := Open(fstest.MapFS{"p/10-x.policy": {Data: []byte("s * a b\n")}, "p/20-y.policy": {Data: []byte("s * a\n")}}, "p", "")
	if err == nil {
		t.Fatal("the policy has no error")
	}
	if err := b.Replace("10-x", AnyFile, "s * a b maybe\n"); err == nil {
		t.Error("one error was taken for another")
	}
	b.mustReplace(t, "10-x", AnyFile, "s * a b allow\n")
	if got := says(b, t); !strings.Contains(got, "denied: the policy has an error: /p/20-y.policy:1") {
		t.Error(got)
	}
	if err := b.Remove("20-y", AnyFile); err != nil {
		t.Error(err)
	}
	if got := says(b, t); got != "allowed by /p/10-x.policy:1" {
		t.Error(got)
	}
}

// TestBookRemoved: files that are made and removed again cost nothing, and a policy without files is one.
func TestBookRemoved(t *testing.T) {
	b, err := Open(fstest.MapFS{}, "p", "s * a b allow\n")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 * maxChanges {
		name := fmt.Sprint("x", i)
		b.mustReplace(t, name, NewFile, "# nothing\n")
		if err := b.Remove(name, AnyFile); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Remove("default", AnyFile); err != nil {
		t.Error(err)
	}
	if got, list := says(b, t), b.List(false); got != "denied: no rule matches" || len(list) > 0 {
		t.Errorf("%s; files: %q", got, list)
	}
}
