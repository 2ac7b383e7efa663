// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The page that shows all outcomes: docs/std.md. Host only.

package stdtests

import (
	"fmt"
	"io"
	"strings"
)

// A Page is what is shown.
type Page struct {
	Release string   // of Go
	Kinds   []string // of domains
	Paths   []string // packages with tests, in the order of go list
	All     int      // packages with and without
	Record  *Record
}

// Write writes the page in Markdown. Packages that never ran are counted and not
// shown.
func (p *Page) Write(w io.Writer) error {
	var b strings.Builder
	p.head(&b)
	p.table(&b)
	p.failures(&b)
	p.given(&b)
	p.exclusions(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// head says what was tested and how it went in all.
func (p *Page) head(b *strings.Builder) {
	fmt.Fprintf(b, "# The standard library's own tests, as domains\n\n"+
		"Each package of %s is tested by `go test -short`, unchanged, in a domain of its own in the lab. Written by\n"+
		"`go run ./internal/stdtests/table`, which says how to repeat it; a single package: `mkimage test -short PACKAGE`.\n\n"+
		"Of %d packages, %d have tests.\n\n| domain | pass | fail | hang | not built | no test to run | not run yet |\n|---|---|---|---|---|---|---|\n",
		p.Release, p.All, len(p.Paths))
	for _, kind := range p.Kinds {
		n := map[Verdict]int{}
		for _, path := range p.Paths {
			n[p.Record.Get(path, kind).Verdict]++
		}
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d | %d |\n", kind, n[Pass], n[Fail], n[Hang], n[Unbuilt], n[NoTests], n[Unlooked])
	}
}

// table has a line for each package that ran: tests passed, of those that were
// not skipped.
func (p *Page) table(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Packages\n\nTests that passed in each kind of domain; what tests leave out by themselves; what is left out here.\n\n"+
		"| package | %s | skipped | excluded |\n|---|%s---|---|\n", strings.Join(p.Kinds, " | "), strings.Repeat("---|", len(p.Kinds)))
	for _, path := range p.Paths {
		cells, skipped := p.row(path)
		if cells == "" {
			continue
		}
		fmt.Fprintf(b, "| %s |%s %d | %d |\n", path, cells, skipped, len(Of(path).Without))
	}
}

// row returns the cells of a package, "" if it never ran.
func (p *Page) row(path string) (cells string, skipped int) {
	ran := false
	for _, kind := range p.Kinds {
		o := p.Record.Get(path, kind)
		switch ran = ran || o.Verdict != Unlooked; o.Verdict {
		case Pass:
			cells += fmt.Sprintf(" %d |", o.Passed)
		case Unlooked:
			cells += " |"
		default:
			cells += fmt.Sprintf(" **%s** |", o.Verdict)
		}
		skipped = max(skipped, o.Skipped)
	}
	if !ran {
		return "", 0
	}
	return cells, skipped
}

// failures names what failed.
func (p *Page) failures(b *strings.Builder) {
	b.WriteString("\n## What fails\n\n")
	none := true
	for _, path := range p.Paths {
		for _, kind := range p.Kinds {
			o := p.Record.Get(path, kind)
			if o.Verdict != Fail && o.Verdict != Hang && o.Verdict != Unbuilt {
				continue
			}
			none = false
			fmt.Fprintf(b, "- %s, %s: %s", path, kind, strings.Join(o.Failed, ", "))
			if len(o.Failed) == 0 {
				fmt.Fprintf(b, "`%s`", o.Said)
			}
			b.WriteString("\n")
		}
	}
	if none {
		b.WriteString("Nothing of what ran.\n")
	}
}

// given says which packages get more than their own folder, and what.
func (p *Page) given(b *strings.Builder) {
	b.WriteString("\n## What some packages are given\n\n" +
		"Each finds its own folder, and the testdata folders above it. These find more, or have more than 256 MiB:\n\n")
	for _, path := range p.Paths {
		s := Of(path)
		var what []string
		if s.Memory != 0 {
			what = append(what, fmt.Sprintf("%d MiB", s.Memory))
		}
		if s.Zones {
			what = append(what, "the time zones")
		}
		if s.Itself {
			what = append(what, "the test binary, as a file")
		}
		for _, source := range s.Sources {
			from, to, other := strings.Cut(source, ":")
			if what = append(what, from+" of GOROOT"); other {
				what[len(what)-1] += ", as " + to
			}
		}
		if len(what) > 0 {
			fmt.Fprintf(b, "- %s: %s\n", path, strings.Join(what, "; "))
		}
	}
}

// exclusions names what is left out.
func (p *Page) exclusions(b *strings.Builder) {
	b.WriteString("\n## What is left out\n\n")
	for _, path := range p.Paths {
		for _, e := range Of(path).Without {
			fmt.Fprintf(b, "- %s, %s: %s\n", path, e.Test, e.Reason)
		}
	}
}
