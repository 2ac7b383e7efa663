// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Policies in Qubes' language, asked about clipboards. Any goroutine.

package clipboard

import (
	"context"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
)

// Rules is a Policy of rules.
type Rules struct {
	Policy    *policy.Policy
	Directory Clients
	// Ask, if not nil, has somebody answer where a rule says so. It ends with the context.
	Ask func(ctx context.Context, service string, source, target *directory.Client) bool
}

// Clients is a directory of the clients now; *directory.Directory is one.
type Clients interface {
	policy.Directory
	Find(name string) *directory.Client
}

// Decide asks the rules. Without somebody to ask, "ask" is no, and the log says that it was.
func (r *Rules) Decide(ctx context.Context, service string, source, target *directory.Client) Verdict {
	from, to := r.now(source), r.now(target)
	d := r.Policy.Evaluate(two{r.Directory, from, to}, policy.Request{Service: service, Source: from.Name, Target: to.Name})
	why := d.String()
	if d.Action == policy.Ask {
		switch {
		case r.Ask == nil || !MayAsk(ctx):
			return Verdict{false, why + ": there is nobody to ask"}
		case !r.Ask(ctx, service, source, target):
			return Verdict{false, why + ": the answer was no"}
		}
		d = d.Choose(to.Name)
	}
	if d.Action == policy.Allow && d.Target != to.Name {
		return Verdict{false, why + ", for another target"}
	}
	return Verdict{d.Action == policy.Allow, why}
}

// now is what the directory says of a client at present, or said when it was there.
func (r *Rules) now(c *directory.Client) *policy.Domain {
	if now := r.Directory.Find(c.Domain.Name); now.Is(c) {
		return &now.Domain
	}
	return &c.Domain
}

// two is a directory in which two domains are what they are known to be, though one may be gone.
type two struct {
	policy.Directory
	a, b *policy.Domain
}

// Lookup finds the two before the others.
func (t two) Lookup(name string) *policy.Domain {
	switch name {
	case t.a.Name:
		return t.a
	case t.b.Name:
		return t.b
	}
	return t.Directory.Lookup(name)
}

// LookupUUID finds the two before the others.
func (t two) LookupUUID(uuid string) *policy.Domain {
	switch uuid {
	case t.a.UUID:
		return t.a
	case t.b.UUID:
		return t.b
	}
	return t.Directory.LookupUUID(uuid)
}
