// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A clipboard's questions to a policy in Qubes' language. Host.

package clipboard

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
)

// clients is a directory that a test writes.
type clients map[string]*directory.Client

func (c clients) add(id abi.Domid_t, attachment, name string, tags ...string) *directory.Client {
	c[name] = &directory.Client{ID: id, Attachment: attachment, Domain: policy.Domain{Name: name, Tags: tags}}
	return c[name]
}

func (c clients) Find(name string) *directory.Client { return c[name] }

func (c clients) Lookup(name string) *policy.Domain {
	if found := c[name]; found != nil {
		return &found.Domain
	}
	return nil
}

func (clients) LookupUUID(string) *policy.Domain { return nil }

func (c clients) All() iter.Seq[*policy.Domain] {
	return func(yield func(*policy.Domain) bool) {
		for _, one := range c {
			if !yield(&one.Domain) {
				return
			}
		}
	}
}

func rules(t *testing.T, dir Clients, text string) *Rules {
	t.Helper()
	p, err := policy.Parse("30.policy", text)
	if err != nil {
		t.Fatal(err)
	}
	return &Rules{Policy: p, Directory: dir}
}

// TestRules: what the language says, and what a clipboard makes of the answers that are not for it.
func TestRules(t *testing.T) {
	dir := clients{}
	work, vault := dir.add(2, "a", "work", "office"), dir.add(3, "b", "vault")
	for _, c := range []struct {
		rule, why string
		allow     bool
	}{
		{"clipboard.Paste * work vault allow", "allowed by 30.policy:1", true},
		{"clipboard.Paste * @tag:office @anyvm allow", "allowed by 30.policy:1", true},
		{"clipboard.Paste + work vault allow", "allowed by 30.policy:1", true},
		{"clipboard.Paste +x work vault allow", "no rule matches", false},
		{"clipboard.Paste * vault work allow", "no rule matches", false},
		{"clipboard.Keep * work vault allow", "no rule matches", false},
		{"clipboard.Paste * work vault deny", "denied by 30.policy:1", false},
		{"clipboard.Paste * work vault allow target=work", "for another target", false},
		{"clipboard.Paste * work vault ask", "there is nobody to ask", false},
	} {
		v := rules(t, dir, c.rule).Decide(context.Background(), PasteService, work, vault)
		if v.Allow != c.allow || !strings.Contains(v.Why, c.why) {
			t.Errorf("%s: %+v", c.rule, v)
		}
	}
}

// TestAsk: somebody is asked where the rule says so, but not for a status.
func TestAsk(t *testing.T) {
	dir := clients{}
	work, vault := dir.add(2, "a", "work"), dir.add(3, "b", "vault")
	r := rules(t, dir, "clipboard.Paste * work vault ask")
	for _, answer := range []bool{true, false} {
		r.Ask = func(_ context.Context, service string, source, target *directory.Client) bool {
			if service != PasteService || source != work || target != vault {
				t.Errorf("asked about %s from %v to %v", service, source, target)
			}
			return answer
		}
		if v := r.Decide(context.Background(), PasteService, work, vault); v.Allow != answer || !strings.Contains(v.Why, "30.policy:1") {
			t.Errorf("answered %v: %+v", answer, v)
		}
		if v := r.Decide(withoutAsking(context.Background()), PasteService, work, vault); v.Allow {
			t.Errorf("without asking: %+v", v)
		}
	}
}

// TestDeparted: a domain that is gone keeps the tags that it had when it copied; one of its number and name that came later has its own;
// one whose tags dom0 changed has the new ones.
func TestDeparted(t *testing.T) {
	dir := clients{}
	work, vault := dir.add(2, "a", "work", "office"), dir.add(3, "b", "vault")
	r := rules(t, dir, "clipboard.Paste * @tag:office vault allow")
	may := func(source *directory.Client) bool {
		return r.Decide(context.Background(), PasteService, source, vault).Allow
	}
	delete(dir, "work")
	if !may(work) {
		t.Error("what a domain copied that is gone cannot be pasted")
	}
	if second := dir.add(2, "another", "work"); may(second) || !may(work) {
		t.Error("a later domain of a number is taken for the first")
	}
	dir.add(2, "a", "work")
	if may(work) {
		t.Error("tags that dom0 took away still count")
	}
}
