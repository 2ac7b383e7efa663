// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Exit codes. Runs wherever mkimage does.

package main

import "errors"

// The exit codes of run and exec that are not the program's. The first two are
// those of timeout(1) and of programs that start others.
const (
	codeTimeout = 124
	codeFailed  = 125 // mkimage or Xen could not do it
	codeSignal  = 128 // plus the number of the signal that ended mkimage
)

// exitError makes mkimage end with a code. Without an error in it, all that is
// to be said was said.
type exitError struct {
	code int
	err  error
}

// Error returns the message, "" if there is none.
func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the error inside.
func (e *exitError) Unwrap() error { return e.err }

// exitCode is what mkimage ends with after an error of a command.
func exitCode(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.code
	}
	return 1
}
