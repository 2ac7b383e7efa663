// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the gate says when it refuses. Runs on the build machine.

package audit

import (
	"errors"
	"fmt"
	"strings"
)

// maxErrors is how many reasons are worth reading, in lines.
const maxErrors = 20

// judge gives all reasons against the program, one line each.
func judge(wrong []error, r *Report) error {
	calls := 0
	for _, s := range r.Sites {
		if s.Verdict == Refused {
			wrong = append(wrong, s.err())
		}
		if s.Verdict == Allowed && s.Instruction == "SYSCALL" {
			calls++
		}
	}
	if calls == 0 {
		wrong = append([]error{errors.New("the program has no hypercalls: domlet is not linked in; build it with mkimage build")}, wrong...)
	}
	if more := len(wrong) - maxErrors; more > 1 {
		wrong = append(wrong[:maxErrors:maxErrors], fmt.Errorf("and %d more of the kind", more))
	}
	return errors.Join(wrong...)
}

// err says where a site is, what it is, and what to do.
func (s *Site) err() error {
	where := ""
	if s.File != "" && s.File != "?" {
		where = fmt.Sprintf(" (%s:%d)", s.File, s.Line)
	}
	return fmt.Errorf("%s+%#x%s: %s: %s", s.Function, s.Offset, where, s.Instruction, s.advice())
}

// advice is the part that says what to do.
func (s *Site) advice() string {
	switch {
	case s.Instruction == Undecodable:
		return "no domain runs code that cannot be checked; report the instruction, or build without this assembly (many packages have the tag purego or noasm)"
	case s.Instruction == "SYSCALL" && ofTheRuntime(s.Function):
		return "a system call the overlay should have replaced; build with mkimage build, with an unchanged Go toolchain"
	case strings.HasPrefix(s.Function, kernel), strings.HasPrefix(s.Function, hypercall):
		return "the kernel may contain only what mkimage/internal/audit/allow.go lists"
	}
	return "not possible in a domain; build without the package or its assembly (many have the tag purego or noasm)"
}

// ofTheRuntime tells the packages whose system calls the overlay replaces.
func ofTheRuntime(function string) bool {
	for _, prefix := range []string{"runtime.", "syscall.", "time.", "internal/runtime/"} {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return false
}
