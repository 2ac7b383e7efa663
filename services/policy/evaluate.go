// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// From a request to a decision. Any goroutine.

package policy

// Request is what a domain asks for.
type Request struct {
	Service  string
	Argument string // without its plus
	// Source is the name of the domain that asks, as the caller knows it from
	// Xen and a directory.
	Source string
	// Target is what that domain says it wants: a name, uuid:UUID, @adminvm,
	// @default, @dispvm, @dispvm:NAME; empty is @default.
	Target string
}

// Decision is what a policy says of a request.
type Decision struct {
	Action Action
	Rule   *Rule // that decided; nil: none did
	// Target is where an allowed call goes: a name, or @dispvm:NAME.
	Target string
	// Targets are what somebody may choose from where Action is Ask, in the order
	// of their bytes; never empty then.
	Targets []string
	// Default is the target to offer first, empty for none.
	Default string
	// Requested is the request's target as the rules saw it: a name that nobody
	// has became @default.
	Requested Token

	refusal refusal // why, where a rule alone does not say it
	err     error   // of the policy
}

// refusal is a reason to deny what no rule denies.
type refusal uint8

const (
	denied        refusal = iota // a rule did, or the policy is broken
	noRule                       // none matches
	badService                   // the service or its argument cannot be one
	badTarget                    // the target cannot be one
	noTemplate                   // disposables are not made from that
	noTarget                     // neither the caller nor the rule named one
	noRedirect                   // the rule's target does not exist
	noDisposable                 // the source has no template for disposables
	noAutostart                  // the target would have to be started
	nothingToAsk                 // no target is left to choose from
	refusedByUser                // the answer was no
	notOffered                   // the answer was none of the targets
)

// refusals puts the reasons into words.
var refusals = [...]string{
	noRule:        "no rule matches",
	badService:    "the service or its argument has characters that none has",
	badTarget:     "a request cannot have this target",
	noTemplate:    "the target is no template for disposable domains",
	noTarget:      "the call has no target: neither the caller nor the rule names one",
	noRedirect:    "the rule's target does not exist",
	noDisposable:  "the source has no template for its disposable domains (default_dispvm)",
	noAutostart:   "the target does not run, and the rule has autostart=no",
	nothingToAsk:  "there is no target to choose from",
	refusedByUser: "whoever was asked said no",
	notOffered:    "whoever was asked chose what was not offered",
}

// User returns the user that the service is to run as, empty for the default one.
func (d *Decision) User() string {
	if d.Action == Deny {
		return ""
	}
	return d.Rule.User
}

// Notify reports whether somebody is to be told. A rule that cannot be followed is
// always worth telling.
func (d *Decision) Notify() bool {
	switch d.refusal {
	case denied, noAutostart, refusedByUser:
		return d.Rule == nil || d.Rule.Notify
	}
	return true
}

// Autostart reports whether the target may be started for the call.
func (d *Decision) Autostart() bool { return d.Action != Deny && d.Rule.Autostart }

// String explains the decision in one line: "allowed by FILE:LINE", say.
func (d *Decision) String() string {
	switch {
	case d.err != nil:
		return "denied: the policy has an error: " + d.err.Error()
	case d.Rule == nil:
		return "denied: " + refusals[d.refusal]
	case d.refusal != denied:
		return "denied at " + d.Rule.Where() + ": " + refusals[d.refusal]
	case d.Action == Allow:
		return "allowed by " + d.Rule.Where()
	case d.Action == Ask:
		return "to be asked, by " + d.Rule.Where()
	}
	return "denied by " + d.Rule.Where()
}

// Evaluate decides about a request. The first rule that matches does; where none
// does, the request is denied.
func (p *Policy) Evaluate(dir Directory, r Request) Decision {
	if p.err != nil {
		return Decision{err: p.err}
	}
	var q question
	if why := q.init(dir, r); why != denied {
		return Decision{refusal: why}
	}
	for _, rule := range p.rules {
		if rule.mismatch(&q) == Matches {
			return p.apply(rule, &q)
		}
	}
	return Decision{refusal: noRule, Requested: q.target.token}
}

// apply does what a rule that matches says.
func (p *Policy) apply(rule *Rule, q *question) Decision {
	d := Decision{Rule: rule, Requested: q.target.token}
	switch rule.Action {
	case Allow:
		d.refusal = d.allow(q)
	case Ask:
		d.refusal = d.ask(p, q)
	}
	if d.refusal == denied {
		d.Action = rule.Action
	}
	return d
}

// allow finds where a call goes.
func (d *Decision) allow(q *question) (why refusal) {
	to := &q.target
	var redirected party
	if d.Rule.Redirect.kind != none {
		if why := redirected.init(d.Rule.Redirect, q); why != denied {
			return why
		}
		to = &redirected
	}
	if why := to.usable(); why != denied {
		return why
	}
	if !d.Rule.Autostart && !to.runs() {
		return noAutostart
	}
	d.Target = to.text()
	return denied
}

// Choose returns what becomes of a decision to ask when the answer is there: a
// target that was chosen, empty for none. Anything but one of the targets offered
// denies.
func (d Decision) Choose(target string) Decision {
	if d.Action != Ask {
		return d
	}
	chosen := Decision{Rule: d.Rule, Requested: d.Requested, refusal: notOffered}
	for _, t := range d.Targets {
		if t == target {
			chosen.Action, chosen.Target, chosen.refusal = Allow, t, denied
		}
	}
	if target == "" {
		chosen.refusal = refusedByUser
	}
	return chosen
}
