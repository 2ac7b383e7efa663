// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Whether a rule is about a request. Nothing here allocates. Any goroutine.

package policy

// question is a request with what the directory knows of it.
type question struct {
	dir               Directory
	service, argument string // the argument without its plus
	source, target    party
}

// party is one end of a request: a domain, or a token.
type party struct {
	token  Token   // admin, byName, unnamed, dispVM or dispVMOf
	domain *Domain // the domain, or the template of a disposable; nil: unknown
	// of is the name of the template that a disposable is made from; empty: of
	// none.
	of string
}

// init fills a question in. A target that nobody knows becomes @default.
func (q *question) init(dir Directory, r Request) refusal {
	if !validService(r.Service) || !validCall(r.Argument) {
		return badService
	}
	*q = question{dir: dir, service: r.Service, argument: r.Argument}
	q.source.initSource(dir, r.Source)
	if r.Target == "" {
		q.target.token.kind = unnamed
		return denied
	}
	if isName(r.Target) && dir.Lookup(r.Target) == nil && !isKnownOtherwise(dir, r.Target) {
		q.target.token.kind = unnamed
		return denied
	}
	token, err := parseToken(r.Target, inRequest)
	if err != nil {
		return badTarget
	}
	return q.target.init(token, q)
}

// isName reports whether a target is no token, but what should be a name: also one
// that no domain can have.
func isName(target string) bool { return target[0] != '@' && target != anyWord }

// isKnownOtherwise reports whether a target that is no domain's name is one of
// dom0's, or the UUID of a domain.
func isKnownOtherwise(dir Directory, target string) bool {
	if target == adminName {
		return true
	}
	const prefix = "uuid:"
	if len(target) != len(prefix)+len(adminUUID) || target[:len(prefix)] != prefix {
		return false
	}
	return target[len(prefix):] == adminUUID || dir.LookupUUID(target[len(prefix):]) != nil
}

// validCall reports whether s can be a call's argument: it may be empty.
func validCall(s string) bool {
	for i := range len(s) {
		if s[i] != '+' && !onlyNameBytes(s[i:i+1]) {
			return false
		}
	}
	return true
}

// initSource fills in the domain that asks.
func (p *party) initSource(dir Directory, name string) {
	if name == adminName || name == "@adminvm" {
		p.token.kind = admin
		return
	}
	p.token, p.domain = Token{byName, name}, dir.Lookup(name)
}

// init fills in what a token stands for, in a request or as a redirection. A name
// that nobody has leaves domain nil.
func (p *party) init(t Token, q *question) refusal {
	p.token = t
	switch t.kind {
	case byName:
		p.domain = q.dir.Lookup(t.value)
	case byUUID:
		p.setDomain(byName, q.dir.LookupUUID(t.value))
	case dispVM:
		if q.source.domain != nil && q.source.domain.DefaultDispVM != "" {
			p.of = q.source.domain.DefaultDispVM
			p.domain = q.dir.Lookup(p.of)
		}
	case dispVMOf:
		p.setDomain(dispVMOf, q.dir.Lookup(t.value))
		return p.template()
	case dispVMOfUUID:
		p.setDomain(dispVMOf, q.dir.LookupUUID(t.value))
		return p.template()
	}
	return denied
}

// setDomain makes the party stand for a domain, if there is one.
func (p *party) setDomain(k kind, d *Domain) {
	if d == nil {
		return
	}
	p.token, p.domain = Token{k, d.Name}, d
	if k == dispVMOf {
		p.of = d.Name
	}
}

// template returns why no disposable can be made from the party's domain.
func (p *party) template() refusal {
	if p.domain == nil || !p.domain.Template {
		return noTemplate
	}
	return denied
}

// isDisposable reports whether the party is a new domain.
func (p *party) isDisposable() bool { return p.token.kind == dispVM || p.token.kind == dispVMOf }

// usable returns why a call cannot go to the party.
func (p *party) usable() refusal {
	switch p.token.kind {
	case unnamed:
		return noTarget
	case byName, byUUID:
		if p.domain == nil {
			return noRedirect
		}
	case dispVM, dispVMOf:
		if p.of == "" {
			return noDisposable
		}
		return p.template()
	}
	return denied
}

// runs reports whether the party need not be started.
func (p *party) runs() bool {
	return p.token.kind == admin || !p.isDisposable() && p.domain != nil && !p.domain.Halted
}

// text is the party as a target: a name, or @dispvm:NAME.
func (p *party) text() string {
	switch p.token.kind {
	case admin:
		return adminName
	case dispVM, dispVMOf:
		return disposable(p.of)
	}
	return p.token.value
}

// disposable is the target that stands for a new domain made from a template.
func disposable(template string) string { return "@dispvm:" + template }

// Mismatch is why a rule is not about a request.
type Mismatch uint8

// What differs first.
const (
	Matches Mismatch = iota // nothing does
	OtherService
	OtherArgument
	OtherSource
	OtherTarget
)

// String names what differs.
func (m Mismatch) String() string {
	return [...]string{"matches", "another service", "another argument", "another source", "another target"}[m]
}

// Match compares a rule with a request. A request that no rule is asked about,
// since it cannot be one, has OtherTarget or OtherService.
func (r *Rule) Match(dir Directory, request Request) Mismatch {
	var q question
	switch q.init(dir, request) {
	case denied:
		return r.mismatch(&q)
	case badService:
		return OtherService
	}
	return OtherTarget
}

func (r *Rule) mismatch(q *question) Mismatch {
	if m := r.mismatchButTarget(q); m != Matches {
		return m
	}
	if !r.Target.matches(&q.target) {
		return OtherTarget
	}
	return Matches
}

// mismatchButTarget is mismatch without the target.
func (r *Rule) mismatchButTarget(q *question) Mismatch {
	switch {
	case r.Service != anyWord && r.Service != q.service:
		return OtherService
	case r.Argument != anyWord && r.Argument[1:] != q.argument:
		return OtherArgument
	case !r.Source.matches(&q.source):
		return OtherSource
	}
	return Matches
}

// matches reports whether a rule's token means a party of a request.
func (t *Token) matches(p *party) bool {
	switch t.kind {
	case anything:
		return true
	case anyVM:
		return p.token.kind != admin
	case admin, unnamed, dispVM:
		return p.token.kind == t.kind
	case byName:
		return p.token.kind == byName && p.token.value == t.value
	case byUUID:
		return p.token.kind == byName && p.domain != nil && p.domain.UUID == t.value
	case byTag:
		return p.token.kind == byName && p.domain != nil && p.domain.HasTag(t.value)
	case byType:
		return p.token.kind == byName && p.domain != nil && p.domain.Type == t.value
	}
	return p.isDisposable() && t.matchesTemplate(p)
}

// matchesTemplate is matches for a disposable.
func (t *Token) matchesTemplate(p *party) bool {
	switch t.kind {
	case dispVMOf:
		return p.of == t.value
	case dispVMOfUUID:
		return p.domain != nil && p.domain.UUID == t.value
	}
	return p.domain != nil && p.domain.Template && p.domain.HasTag(t.value)
}
