// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is known of domains, and a directory of them that does not change. Any
// goroutine.

package policy

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Domain is what a policy may ask about a domain. It is not changed once it is
// in a Directory.
type Domain struct {
	Name string
	// UUID is in lower case with four dashes; empty: unknown.
	UUID string
	// Type is Qubes' class, such as AppVM, TemplateVM, StandaloneVM or DispVM, or
	// what else the machine's owner calls it.
	Type string
	Tags []string
	// Halted domains would have to be started first (autostart=).
	Halted bool
	// Template says that disposable domains may be made from this one
	// (template_for_dispvms).
	Template bool
	// DefaultDispVM names the template of disposables that this domain asks for;
	// empty: it may not.
	DefaultDispVM string
	// Internal domains are not offered where somebody chooses a target.
	Internal bool
}

// A Directory knows domains. Its answers may differ from one call to the next.
type Directory interface {
	// Lookup returns the domain of that name, nil if there is none.
	Lookup(name string) *Domain
	// LookupUUID returns the domain with that UUID, in lower case, or nil.
	LookupUUID(uuid string) *Domain
	// All returns every domain in the order of their names.
	All() iter.Seq[*Domain]
}

// Domains is a directory that does not change.
type Domains struct {
	sorted []*Domain // by name
	byName map[string]*Domain
	byUUID map[string]*Domain
}

// NewDomains returns a directory of these domains. No two have the same name, or
// the same UUID.
func NewDomains(all []Domain) (*Domains, error) {
	d := &Domains{byName: map[string]*Domain{}, byUUID: map[string]*Domain{}}
	for _, one := range all {
		if err := d.add(&one); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(d.sorted, func(a, b *Domain) int { return cmp.Compare(a.Name, b.Name) })
	return d, nil
}

func (d *Domains) add(one *Domain) error {
	if err := one.check(); err != nil {
		return err
	}
	if d.byName[one.Name] != nil {
		return fmt.Errorf("there are two domains %s: give one of them another name", one.Name)
	}
	if other := d.byUUID[one.UUID]; one.UUID != "" && other != nil {
		return fmt.Errorf("the domains %s and %s have the same UUID", other.Name, one.Name)
	}
	d.sorted = append(d.sorted, one)
	d.byName[one.Name] = one
	if one.UUID != "" {
		d.byUUID[one.UUID] = one
	}
	return nil
}

// Lookup returns the domain of that name, nil if there is none.
func (d *Domains) Lookup(name string) *Domain { return d.byName[name] }

// LookupUUID returns the domain with that UUID, nil if there is none.
func (d *Domains) LookupUUID(uuid string) *Domain { return d.byUUID[uuid] }

// All returns the domains in the order of their names.
func (d *Domains) All() iter.Seq[*Domain] { return slices.Values(d.sorted) }

// HasTag reports whether the domain has a tag.
func (d *Domain) HasTag(tag string) bool { return slices.Contains(d.Tags, tag) }

// check finds what a policy could not name.
func (d *Domain) check() error {
	if !ValidName(d.Name) {
		return fmt.Errorf("%q cannot be the name of a domain: %s", d.Name, nameRule)
	}
	if d.UUID != "" {
		if lower, ok := parseUUID(d.UUID); !ok || lower != d.UUID {
			return fmt.Errorf("%s: %q is no UUID in lower case", d.Name, d.UUID)
		}
	}
	names := append([]string{d.Type, d.DefaultDispVM}, d.Tags...)
	for i, name := range names {
		if (name != "" || i > 1) && !ValidName(name) {
			return fmt.Errorf("%s: %q cannot be a type, a tag or a domain: %s", d.Name, name, nameRule)
		}
	}
	return nil
}

const nameRule = "it has letters, digits and _.- only, at most 63, and begins with no -"

// String returns the domain in the form that ParseDomain reads.
func (d *Domain) String() string {
	words := []string{d.Name}
	for _, p := range domainProperties {
		if text := p.get(d); text != "" {
			words = append(words, p.name+"="+text)
		}
	}
	return strings.Join(words, " ")
}
