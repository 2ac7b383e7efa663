// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Dumps as they are printed, ours and Xen's. Pure.

package symbolize

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// A place is one address of a dump.
type place struct {
	role string // "rip", "cr2" or "stack"
	addr uint64
}

// What a dump's lines look like. The kernel's begin with a register's name, or are
// a word of its stack with the function's name; Xen's come from its log.
var (
	ownRIP   = regexp.MustCompile(`^rip ([0-9a-f]+)`)
	xenRIP   = regexp.MustCompile(`RIP: +[0-9a-f]{4}:\[<([0-9a-f]+)>\]`)
	ownCR2   = regexp.MustCompile(`^vector e code [0-9a-f]+ cr2 ([0-9a-f]+)`)
	xenCR2   = regexp.MustCompile(`^\(XEN\) cr3: [0-9a-f]+ +cr2: ([0-9a-f]+)`)
	ownStack = regexp.MustCompile(`^  ([0-9a-f]+) \S+\+0x[0-9a-f]+$`)
	xenStack = regexp.MustCompile(`^\(XEN\) +((?:[0-9a-f]{16} ?)+)$`)
)

// places returns the addresses of all dumps in a text, in their order.
func places(text string) []place {
	var all []place
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n ")
		for _, p := range []struct {
			role    string
			pattern *regexp.Regexp
		}{{"rip", ownRIP}, {"rip", xenRIP}, {"cr2", ownCR2}, {"cr2", xenCR2}, {"stack", ownStack}, {"stack", xenStack}} {
			if m := p.pattern.FindStringSubmatch(line); m != nil {
				all = append(all, words(p.role, m[1])...)
			}
		}
	}
	return all
}

// words reads hexadecimal numbers.
func words(role, text string) []place {
	var all []place
	for _, word := range strings.Fields(text) {
		if addr, err := strconv.ParseUint(word, 16, 64); err == nil {
			all = append(all, place{role, addr})
		}
	}
	return all
}

// most is how many lines of a stack are printed for one dump.
const most = 16

// Print writes a line for each address of the dumps in text that the image has a
// name for: the instruction that trapped, what it touched, and the calls on the
// stack, innermost first. It returns how many lines it wrote.
func (t *Table) Print(w io.Writer, text string) (int, error) {
	n, depth := 0, 0
	for _, p := range places(text) {
		if p.role == "rip" {
			depth = 0
		}
		name := t.name(p)
		if name == "" || depth == most {
			continue
		}
		if p.role == "stack" {
			depth++
		}
		if _, err := fmt.Fprintf(w, "%-5s  %8x  %s\n", p.role, p.addr, name); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// name is what stands at a place.
func (t *Table) name(p place) string {
	switch p.role {
	case "rip":
		return t.line(p.addr, 0)
	case "cr2":
		return t.object(p.addr)
	}
	return t.caller(p.addr)
}
