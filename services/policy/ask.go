// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What somebody may choose from where a rule says "ask". Any goroutine.

package policy

import (
	"maps"
	"slices"
)

// ask collects the targets to choose from.
func (d *Decision) ask(p *Policy, q *question) refusal {
	var targets map[string]bool
	if d.Rule.Redirect.kind != none {
		var to party
		if why := to.init(d.Rule.Redirect, q); why != denied {
			return why
		}
		if why := to.usable(); why != denied {
			return why
		}
		targets = map[string]bool{to.text(): true}
	} else {
		targets = p.targets(q)
	}
	if !d.Rule.Autostart {
		maps.DeleteFunc(targets, func(t string, _ bool) bool { return !runs(q.dir, t) })
	}
	if len(targets) == 0 {
		return nothingToAsk
	}
	d.Targets = slices.Sorted(maps.Keys(targets))
	d.Default = defaultOf(d.Rule, q, targets)
	return denied
}

// defaultOf returns the target that is offered first, empty where a rule names
// none of those that are offered.
func defaultOf(rule *Rule, q *question, targets map[string]bool) string {
	var to party
	if rule.Default.kind == none || to.init(rule.Default, q) != denied || to.usable() != denied {
		return ""
	}
	if text := to.text(); targets[text] {
		return text
	}
	return ""
}

// runs reports whether a target need not be started.
func runs(dir Directory, target string) bool {
	d := dir.Lookup(target)
	return target == adminName || d != nil && !d.Halted
}

// anyDisposable stands among targets for a disposable of the source's own
// template, until that is known.
const anyDisposable = "@dispvm"

// targets returns what rules for a call from the source allow, whatever it asked
// for. The first rule that is about a target decides about it. The source itself
// and internal domains are never offered.
func (p *Policy) targets(q *question) map[string]bool {
	decided := map[string]bool{} // by target; true: offered
	for _, rule := range p.rules {
		if rule.mismatchButTarget(q) != Matches {
			continue
		}
		token := rule.Target
		if rule.Redirect.kind != none {
			token = rule.Redirect
		}
		token.expand(q.dir, func(target string) {
			if _, ok := decided[target]; !ok {
				decided[target] = rule.Action != Deny
			}
		})
	}
	q.resolveDisposable(decided)
	maps.DeleteFunc(decided, func(target string, offered bool) bool { return !offered || q.hidden(target) })
	return decided
}

// resolveDisposable puts the source's own template in place of @dispvm. What a
// rule denies of that template stays denied.
func (q *question) resolveDisposable(decided map[string]bool) {
	offered := decided[anyDisposable]
	delete(decided, anyDisposable)
	var own party
	if !offered || own.init(Token{kind: dispVM}, q) != denied || own.usable() != denied {
		return
	}
	if _, ok := decided[own.text()]; !ok {
		decided[own.text()] = true
	}
}

// hidden reports whether a target is not for choosing.
func (q *question) hidden(target string) bool {
	if target == q.source.text() {
		return true
	}
	d := q.dir.Lookup(target)
	if template, ok := cutDisposable(target); ok {
		d = q.dir.Lookup(template)
	}
	return d != nil && d.Internal
}

// cutDisposable returns the template of a disposable.
func cutDisposable(target string) (template string, ok bool) {
	prefix := disposable("")
	if len(target) > len(prefix) && target[:len(prefix)] == prefix {
		return target[len(prefix):], true
	}
	return "", false
}

// expand calls yield with every target that a token means.
func (t Token) expand(dir Directory, yield func(target string)) {
	switch t.kind {
	case admin:
		yield(adminName)
	case anything:
		yield(adminName)
		expandAll(dir, yield)
	case anyVM:
		expandAll(dir, yield)
	case dispVM:
		yield(anyDisposable)
	case byName, byUUID, dispVMOf, dispVMOfUUID:
		t.expandOne(dir, yield)
	case byTag, byType, dispVMOfTag:
		t.expandSome(dir, yield)
	}
}

// expandAll is expand for @anyvm.
func expandAll(dir Directory, yield func(string)) {
	for d := range dir.All() {
		if d.Name != adminName {
			yield(d.Name)
		}
		if d.Template {
			yield(disposable(d.Name))
		}
	}
	yield(anyDisposable)
}

// expandOne is expand for what means one domain, or one template.
func (t Token) expandOne(dir Directory, yield func(string)) {
	var d *Domain
	if t.kind == byUUID || t.kind == dispVMOfUUID {
		d = dir.LookupUUID(t.value)
	} else {
		d = dir.Lookup(t.value)
	}
	switch {
	case d == nil:
	case t.kind == byName || t.kind == byUUID:
		yield(d.Name)
	case d.Template:
		yield(disposable(d.Name))
	}
}

// expandSome is expand for tags and types.
func (t Token) expandSome(dir Directory, yield func(string)) {
	for d := range dir.All() {
		switch {
		case d.Name == adminName:
		case t.kind == byTag && d.HasTag(t.value), t.kind == byType && d.Type == t.value:
			yield(d.Name)
		case t.kind == dispVMOfTag && d.Template && d.HasTag(t.value):
			yield(disposable(d.Name))
		}
	}
}
