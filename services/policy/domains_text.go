// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Domains as text, one a line. Any goroutine.

package policy

import (
	"fmt"
	"strings"
)

// ParseDomains reads a directory from a text: on each line a domain's name, and
// NAME=VALUE pairs behind it. Empty lines and those that begin with # are left
// out. The names are those of Qubes' properties:
//
//	work   type=AppVM tags=work,mail default_dispvm=dvm
//	dvm    type=AppVM template_for_dispvms=yes running=no
//	keys   uuid=6f3c1c0e-2a0f-4d7a-9b6e-0d1f2a3b4c5d internal=yes
//
// file is the text's name for errors, which name the line.
func ParseDomains(file, text string) (*Domains, error) {
	var all []Domain
	var errs Errors
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		d, err := ParseDomain(line)
		if err != nil {
			errs = append(errs, &Error{file, i + 1, err.Error()})
			continue
		}
		all = append(all, d)
	}
	if errs != nil {
		return nil, errs
	}
	d, err := NewDomains(all)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}

// ParseDomain reads one line of the text that ParseDomains takes.
func ParseDomain(line string) (Domain, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return Domain{}, fmt.Errorf("a domain's name is missing")
	}
	d := Domain{Name: words[0]}
	seen := map[string]bool{}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		if seen[name] {
			return Domain{}, fmt.Errorf("%s= stands there twice", name)
		}
		seen[name] = true
		if err := d.set(name, value); err != nil {
			return Domain{}, err
		}
	}
	return d, d.check()
}

// property is one of a domain's properties as text.
type property struct {
	name string
	get  func(d *Domain) string // empty: what it is if the line does not say
	set  func(d *Domain, value string) bool
}

// domainProperties lists them in the order in which they are written.
var domainProperties = []property{
	{"uuid", func(d *Domain) string { return d.UUID }, func(d *Domain, v string) (ok bool) { d.UUID, ok = parseUUID(v); return ok }},
	{"type", func(d *Domain) string { return d.Type }, func(d *Domain, v string) bool { d.Type = v; return ValidName(v) }},
	{"tags", func(d *Domain) string { return strings.Join(d.Tags, ",") }, func(d *Domain, v string) bool { d.Tags = strings.Split(v, ","); return v != "" }},
	{"default_dispvm", func(d *Domain) string { return d.DefaultDispVM }, func(d *Domain, v string) bool { d.DefaultDispVM = v; return ValidName(v) }},
	{"template_for_dispvms", func(d *Domain) string { return yes(d.Template) }, func(d *Domain, v string) bool { return parseBool(v, &d.Template) }},
	{"running", func(d *Domain) string { return no(!d.Halted) }, func(d *Domain, v string) bool { ok := parseBool(v, &d.Halted); d.Halted = !d.Halted; return ok }},
	{"internal", func(d *Domain) string { return yes(d.Internal) }, func(d *Domain, v string) bool { return parseBool(v, &d.Internal) }},
}

func (d *Domain) set(name, value string) error {
	for _, p := range domainProperties {
		if p.name != name {
			continue
		}
		if !p.set(d, value) {
			return fmt.Errorf("%s=%s: that value is not possible", name, value)
		}
		return nil
	}
	return fmt.Errorf("unknown property %q: there are uuid=, type=, tags=, default_dispvm=, template_for_dispvms=, running=, internal=", name)
}

// yes is what stands for a property that is seldom true.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// no is what stands for one that is seldom false.
func no(b bool) string {
	if b {
		return ""
	}
	return "no"
}

// parseBool reads yes or no.
func parseBool(s string, to *bool) bool {
	*to = s == "yes"
	return *to || s == "no"
}
