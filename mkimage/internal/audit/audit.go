// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The walk over all functions and the judgement on what it met. Runs on the
// build machine.

package audit

import (
	"debug/gosym"

	"github.com/domlet/domlet/mkimage/internal/audit/x86"
)

// Undecodable is the name, in a [Site], of bytes that are no instruction.
const Undecodable = "undecodable bytes"

// Verdict is what the gate makes of a site.
type Verdict uint8

// The verdicts. A [Report] that Gate returned without an error has no Refused.
const (
	Refused   Verdict = iota // the program cannot become an image
	Allowed                  // the kernel's own
	Rewritten                // a known stray SYSCALL, to become UD2
)

// Site is one place in a program that the gate has an opinion about.
type Site struct {
	Function    string // as the Go linker names it
	Offset      uint64 // bytes from the function's beginning
	Address     uint64 // virtual
	Instruction string // a name of [x86.Inst.Sensitive], or Undecodable
	File        string // source file, where the program knows it
	Line        int    // line in File
	Verdict     Verdict
}

// Report is what the gate saw.
type Report struct {
	Functions    int
	Instructions int
	Bytes        int    // of code
	Sites        []Site // by address
}

// Inspect lists the sites of a linked program, whatever the verdicts. The error
// is about files in which it cannot look for sites.
func Inspect(file []byte) (Report, error) {
	p, err := open(file)
	if err != nil {
		return Report{}, err
	}
	return p.inspect(), nil
}

// Gate decides whether a linked program may become an image, and rewrites the
// known strays, in place; patched tells whether there were any. An error has a line for each
// reason why not; then the file is unchanged.
func Gate(file []byte) (report Report, patched bool, err error) {
	p, err := open(file)
	if err != nil {
		return Report{}, false, err
	}
	report = p.inspect()
	if err := judge(p.wrong, &report); err != nil {
		return report, false, err
	}
	return report, p.rewrite(&report), nil
}

// inspect walks all functions.
func (p *program) inspect() Report {
	r := Report{Functions: len(p.table.Funcs), Bytes: len(p.text)}
	for i := range p.table.Funcs {
		f := &p.table.Funcs[i]
		p.walk(&r, f, p.bytes(f.Entry, f.End))
	}
	seen := map[*rule]int{}
	for i := range r.Sites {
		r.Sites[i].Verdict = verdict(&r.Sites[i], seen)
	}
	return r
}

// walk steps through one function. It ends at bytes that are no instruction.
func (p *program) walk(r *Report, f *gosym.Func, code []byte) {
	for at := skipData(f.Name, code); at < len(code); {
		inst, ok := x86.Decode(code[at:])
		if !ok {
			if !padding(code[at:]) {
				r.Sites = append(r.Sites, p.site(f, at, Undecodable))
			}
			return
		}
		if name := inst.Sensitive(); name != "" {
			r.Sites = append(r.Sites, p.site(f, at, name))
		}
		at += inst.Len
		r.Instructions++
	}
}

// site describes a place in a function.
func (p *program) site(f *gosym.Func, offset int, instruction string) Site {
	s := Site{Function: f.Name, Offset: uint64(offset), Address: f.Entry + uint64(offset), Instruction: instruction}
	s.File, s.Line, _ = p.table.PCToLine(s.Address)
	return s
}

// verdict judges one site; seen counts the sites under each rule so far.
func verdict(s *Site, seen map[*rule]int) Verdict {
	if s.Instruction == "SYSCALL" && isStray(s.Function) {
		return Rewritten
	}
	r := findRule(s.Function, s.Instruction)
	if r == nil || seen[r] == r.atMost {
		return Refused
	}
	seen[r]++
	return Allowed
}

// rewrite turns the strays' 0F 05 into 0F 0B.
func (p *program) rewrite(r *Report) (patched bool) {
	for _, s := range r.Sites {
		if s.Verdict == Rewritten {
			code := p.bytes(s.Address, p.base+uint64(len(p.text)))
			inst, _ := x86.Decode(code)
			code[inst.Len-1] = 0x0b
			patched = true
		}
	}
	return patched
}
