// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A policy as a whole. Any goroutine.

package policy

import "strings"

// Policy is a list of rules. It never changes.
type Policy struct {
	rules []*Rule
	err   error // why everything is denied
}

// Broken returns the policy that denies everything because of err.
func Broken(err error) *Policy { return &Policy{err: err} }

// Err returns why the policy denies everything, nil if it does not.
func (p *Policy) Err() error { return p.err }

// Rules returns the rules in their order. The caller changes nothing in them.
func (p *Policy) Rules() []*Rule { return p.rules }

// String returns the rules as one text that has no directives.
func (p *Policy) String() string {
	var b strings.Builder
	for _, r := range p.rules {
		b.WriteString(r.String())
		b.WriteByte('\n')
	}
	return b.String()
}
