// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is wrong with a policy. Any goroutine.

package policy

import (
	"fmt"
)

// Error is one thing that is wrong with a policy, or a list of domains.
type Error struct {
	File string
	Line int    // from 1; 0: the file as a whole
	Text string // what is wrong, and what to write
}

// Error returns FILE:LINE: TEXT.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Errors are all that is wrong with a policy, in the order of its lines.
type Errors []*Error

// Error returns the first error, and how many more there are.
func (e Errors) Error() string {
	switch len(e) {
	case 0:
		return "no error"
	case 1:
		return e[0].Error()
	}
	return fmt.Sprintf("%v (and %d more)", e[0], len(e)-1)
}
