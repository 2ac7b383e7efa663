// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Random policies, decided by Evaluate and by a twin that knows nothing of
// question and party: it writes down every target that a token means, and goes
// through the rules from the last to the first. Host only.

package policy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// twinDomains are the domains of the random policies.
const twinDomains = `
a type=T1 tags=x default_dispvm=d uuid=00000000-0000-0000-0000-00000000000a
b type=T1 tags=x,y running=no default_dispvm=e
c type=T2 tags=y internal=yes
d type=T2 tags=x template_for_dispvms=yes uuid=00000000-0000-0000-0000-00000000000d
e type=T1 tags=y template_for_dispvms=yes
dom0 type=T1 tags=x,y
`

// twin decides by lists.
type twin struct{ dir *Domains }

// universe is every target that a request can have.
func (w twin) universe() []string {
	all := []string{"@default", "@dispvm", "dom0"}
	for d := range w.dir.All() {
		if d.Name != "dom0" {
			all = append(all, d.Name)
		}
		if d.Template {
			all = append(all, "@dispvm:"+d.Name)
		}
	}
	return all
}

// named is what a word behind uuid: or a name means.
func (w twin) named(word string) string {
	if uuid, ok := strings.CutPrefix(word, "uuid:"); ok {
		if d := w.dir.LookupUUID(uuid); d != nil {
			return d.Name
		}
	}
	return word
}

// means lists what of the universe a word of a policy means, for a source.
func (w twin) means(word, source string) []string {
	own := "@dispvm:"
	if d := w.dir.Lookup(source); d != nil && source != "dom0" {
		own += d.DefaultDispVM
	}
	var list []string
	for _, target := range w.universe() {
		made, isNew := strings.CutPrefix(target, "@dispvm:")
		if target == "@dispvm" {
			made, isNew = strings.TrimPrefix(own, "@dispvm:"), true
		}
		d := w.dir.Lookup(target)
		plain := d != nil && target != "dom0"
		template := w.dir.Lookup(made)
		key, value, _ := strings.Cut(word, ":")
		var yes bool
		switch {
		case word == "*":
			yes = true
		case word == "@anyvm":
			yes = target != "dom0"
		case word == "@adminvm":
			yes = target == "dom0"
		case strings.HasPrefix(word, "@dispvm:@tag:"):
			yes = isNew && template != nil && template.Template && slices.Contains(template.Tags, strings.TrimPrefix(value, "@tag:"))
		case key == "@dispvm" && value != "":
			yes = isNew && made == w.named(value)
		case key == "@tag":
			yes = plain && slices.Contains(d.Tags, value)
		case key == "@type":
			yes = plain && d.Type == value
		default:
			yes = target == w.named(word)
		}
		if yes {
			list = append(list, target)
		}
	}
	return list
}

// decide returns a rule's index, -1 for none.
func (w twin) decide(rules []*Rule, r Request) int {
	found := -1
	for i := len(rules) - 1; i >= 0; i-- {
		if w.about(rules[i], r) && slices.Contains(w.means(rules[i].Target.String(), r.Source), r.Target) {
			found = i
		}
	}
	return found
}

// about compares all but the target.
func (w twin) about(rule *Rule, r Request) bool {
	service := rule.Service == "*" || rule.Service == r.Service
	argument := rule.Argument == "*" || rule.Argument == "+"+r.Argument
	return service && argument && slices.Contains(w.means(rule.Source.String(), r.Source), r.Source)
}

// offers lists what somebody may choose from, by sets that grow and shrink.
func (w twin) offers(rules []*Rule, r Request) []string {
	offered, refused := map[string]bool{}, map[string]bool{}
	for i := len(rules) - 1; i >= 0; i-- {
		if !w.about(rules[i], r) {
			continue
		}
		word := rules[i].Target.String()
		if rules[i].Redirect.kind != none {
			word = rules[i].Redirect.String()
		}
		for _, target := range w.means(word, "nobody") {
			offered[target] = rules[i].Action != Deny && target != "@default"
			refused[target] = rules[i].Action == Deny
		}
	}
	if d := w.dir.Lookup(r.Source); d != nil && offered["@dispvm"] {
		own := "@dispvm:" + d.DefaultDispVM
		offered[own] = !refused[own] && slices.Contains(w.universe(), own)
	}
	var list []string
	for target, yes := range offered {
		d := w.dir.Lookup(strings.TrimPrefix(target, "@dispvm:"))
		if yes && target != "@dispvm" && target != r.Source && (d == nil || !d.Internal) {
			list = append(list, target)
		}
	}
	slices.Sort(list)
	return list
}

// pick returns one of the words.
func pick(r *rand.Rand, words ...string) string { return words[r.IntN(len(words))] }

// randomRule writes a line; most of them are rules.
func randomRule(r *rand.Rand) string {
	both := []string{"a", "b", "c", "d", "nobody", "uuid:00000000-0000-0000-0000-00000000000a", "*", "@anyvm", "@adminvm", "@tag:x", "@tag:y", "@type:T1", "@type:T2",
		"@dispvm:d", "@dispvm:@tag:x", "@dispvm:uuid:00000000-0000-0000-0000-00000000000d", "@dispvm:a"}
	line := pick(r, "s *", "s +", "s +q", "* *") + " " + pick(r, both...) + " " + pick(r, append(both, "@default", "@dispvm")...)
	action := pick(r, "allow", "deny", "ask", "ask")
	line += " " + action
	if action != "deny" && r.IntN(3) == 0 {
		line += " target=" + pick(r, "a", "b", "d", "nobody", "@adminvm", "@dispvm", "@dispvm:d")
	}
	return line
}

func TestTwin(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	w := twin{directory(t, twinDomains)}
	asked := 0
	for range 3000 {
		var text strings.Builder
		for range 1 + r.IntN(8) {
			if line := randomRule(r); isRule(line) {
				fmt.Fprintln(&text, line)
			}
		}
		p := parsed(t, text.String())
		for range 10 {
			req := Request{"s", pick(r, "", "q"), pick(r, "a", "b", "c", "d", "e", "dom0"), pick(r, w.universe()...)}
			asked += w.compare(t, p, req)
		}
		if t.Failed() {
			t.Fatalf("seed %d\n%s", seed, p)
		}
	}
	if asked < 1000 {
		t.Errorf("seed %d: only %d requests led to a question", seed, asked)
	}
}

func isRule(line string) bool {
	_, err := Parse("p", line)
	return err == nil
}

// compare decides one request twice. It returns 1 if there was a choice.
func (w twin) compare(t *testing.T, p *Policy, req Request) int {
	d := p.Evaluate(w.dir, req)
	at := -1
	if d.Rule != nil {
		at = d.Rule.Line - 1
	}
	if want := w.decide(p.Rules(), req); at != want {
		t.Errorf("%v: decided by rule %d, the twin by %d", req, at, want)
		return 0
	}
	if at < 0 || d.Rule.Action != Ask || d.Rule.Redirect.kind != none {
		return 0
	}
	if want := w.offers(p.Rules(), req); !slices.Equal(d.Targets, want) {
		t.Errorf("%v: %v, the twin has %v", req, d.Targets, want)
	}
	return 1
}
