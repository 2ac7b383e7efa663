// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Decisions by a policy, over the domains of a directory. Any goroutine.

package relay

import (
	"context"
	"errors"
	"fmt"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
)

// dom0 is the number of the domain that made all others.
const dom0 = 0

// Rules decide as a policy says.
type Rules struct {
	Policy    func() *policy.Policy // as it is now
	Directory *directory.Directory
	User      string // as whom a service runs where no rule says
	// Ask asks somebody for one of a decision's targets. nil, and an error, are no.
	Ask func(ctx context.Context, q Question, d policy.Decision) (target string, err error)
	// Notify tells somebody what became of a request, where the rule says so. It does not wait. nil tells nobody.
	Notify func(n Notice)
	// Own reports whether a service of dom0's, as the caller names it, is the relay's own. nil: none is.
	Own func(service string) bool
	// Mediate reports whether two domains must not share memory. nil: all may.
	Mediate func(source, target *policy.Domain) bool
	Audit   func(line string)
}

// Decide decides upon a request; it is a Relay's Decide. Both domains must be those that dom0 attached, now: names may have been
// looked up a while ago.
func (r *Rules) Decide(ctx context.Context, q Question) (Answer, error) {
	if err := r.is(ctx, q.Source); err != nil {
		return Answer{}, err
	}
	if q.For != "" {
		return Answer{}, fmt.Errorf("%w: it speaks for %q, and nobody may speak for others", ErrRefused, q.For)
	}
	if r.isOwner(q) {
		r.audit(q, "allowed: dom0 keeps the policy")
		return Answer{Target: r.Directory.Own()}, nil
	}
	d := r.Policy().Evaluate(r.Directory, policy.Request{Service: q.Service, Argument: q.Argument, Source: q.Source.Name, Target: q.Target})
	if d.Action == policy.Ask {
		d = r.ask(ctx, q, d)
	}
	r.audit(q, d.String())
	if d.Notify() && r.Notify != nil {
		r.Notify(noticeOf(q, d))
	}
	if d.Action != policy.Allow {
		return Answer{}, ErrRefused
	}
	return r.answer(ctx, q, d)
}

// audit writes the line for a decision.
func (r *Rules) audit(q Question, decision string) {
	r.Audit(fmt.Sprintf("%s+%s of %q for %s: %s", q.Service, q.Argument, q.Target, q.Source.Name, decision))
}

// isOwner reports whether dom0 calls one of the relay's own services. It needs no rule: it made the domain, and the policy that
// has errors is mended that way.
func (r *Rules) isOwner(q Question) bool {
	return q.Source.ID == dom0 && r.Own != nil && r.Own(q.Service) && isAdmin(q.Target)
}

// isAdmin reports whether a target is dom0.
func isAdmin(target string) bool { return target == "dom0" || target == "@adminvm" }

// is wants a domain to be the one that is attached under its number and name.
func (r *Rules) is(ctx context.Context, p Peer) error {
	c, err := r.Directory.Identify(ctx, p.ID)
	if err == nil && c.Domain.Name != p.Name {
		err = fmt.Errorf("domain %d is %s now", p.ID, c.Domain.Name)
	}
	return err
}

// ask asks, where somebody can be asked.
func (r *Rules) ask(ctx context.Context, q Question, d policy.Decision) policy.Decision {
	if r.Ask == nil {
		return d.Choose("")
	}
	target, err := r.Ask(ctx, q, d)
	if err != nil {
		r.Audit(fmt.Sprintf("%s+%s for %s: asking: %v", q.Service, q.Argument, q.Source.Name, err))
		target = ""
	}
	return d.Choose(target)
}

// answer finds the domain that an allowed call goes to.
func (r *Rules) answer(ctx context.Context, q Question, d policy.Decision) (Answer, error) {
	name := d.Target
	if isAdmin(name) {
		if r.Own != nil && r.Own(q.Service) {
			return Answer{Target: r.Directory.Own()}, nil
		}
		name = "dom0"
	}
	c := r.Directory.Find(name)
	if c == nil {
		return Answer{}, errors.New("no such domain is attached")
	}
	if err := r.is(ctx, Peer{c.ID, c.Domain.Name}); err != nil {
		return Answer{}, err
	}
	user := d.User()
	if user == "" {
		user = r.User
	}
	mediate := r.Mediate != nil && r.Mediate(r.Directory.Lookup(q.Source.Name), &c.Domain)
	return Answer{Target: c.ID, User: user, Mediate: mediate}, nil
}

// ByTag is a Mediate for domains with a tag, on either side of a call; @anyvm is a tag that all have.
func ByTag(tag string) func(source, target *policy.Domain) bool {
	return func(source, target *policy.Domain) bool {
		return tag == "@anyvm" || source == nil || source.HasTag(tag) || target.HasTag(tag)
	}
}
