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

// Rules decide as a policy says.
type Rules struct {
	Policy    *policy.Policy
	Directory *directory.Directory
	User      string // as whom a service runs where no rule says
	// Ask asks somebody for one of a decision's targets. nil, and an error, are no.
	Ask   func(ctx context.Context, q Question, d policy.Decision) (target string, err error)
	Audit func(line string)
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
	d := r.Policy.Evaluate(r.Directory, policy.Request{Service: q.Service, Argument: q.Argument, Source: q.Source.Name, Target: q.Target})
	if d.Action == policy.Ask {
		d = r.ask(ctx, q, d)
	}
	r.Audit(fmt.Sprintf("%s+%s of %q for %s: %s", q.Service, q.Argument, q.Target, q.Source.Name, d.String()))
	if d.Action != policy.Allow {
		return Answer{}, ErrRefused
	}
	return r.answer(ctx, d)
}

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
func (r *Rules) answer(ctx context.Context, d policy.Decision) (Answer, error) {
	c := r.Directory.Find(d.Target)
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
	return Answer{Target: c.ID, User: user}, nil
}
