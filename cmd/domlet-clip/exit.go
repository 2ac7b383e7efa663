// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the command ends with. Any goroutine.

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/domlet/domlet/services/clipboard"
)

// Exit codes, for scripts.
const (
	exitOK       = 0
	exitFailed   = 1 // something went wrong; standard error says what
	exitUsage    = 2
	exitEmpty    = 3 // nothing to paste
	exitDenied   = 4 // the policy, or whoever copied, says no
	exitTooLarge = 5
	exitAgain    = 6 // somebody was faster, or too many requests: try again
	exitAbsent   = 7 // no clipboard's domain answered in time
)

// errUsage was printed where it was found.
var errUsage = errors.New("")

// absentError says that no clipboard could be connected to.
type absentError struct {
	service string
	last    error // of the latest attempt
}

// Error says what to do.
func (e *absentError) Error() string {
	return fmt.Sprintf("no domain answers as %s: start it, and in dom0 attach this domain to it with domlet-ctl; the latest attempt: %v", e.service, e.last)
}

// Unwrap returns the error of the latest attempt.
func (e *absentError) Unwrap() error { return e.last }

// codeOf returns the exit code for an error.
func codeOf(err error) int {
	var absent *absentError
	for _, c := range []struct {
		is   bool
		code int
	}{
		{err == nil || errors.Is(err, flag.ErrHelp), exitOK},
		{err == errUsage, exitUsage},
		{errors.As(err, &absent) || errors.Is(err, clipboard.ErrLost), exitAbsent},
		{errors.Is(err, clipboard.ErrEmpty), exitEmpty},
		{errors.Is(err, clipboard.ErrDenied), exitDenied},
		{errors.Is(err, clipboard.ErrTooLarge), exitTooLarge},
		{errors.Is(err, clipboard.ErrStale) || errors.Is(err, clipboard.ErrBusy), exitAgain},
	} {
		if c.is {
			return c.code
		}
	}
	return exitFailed
}

// explain returns what to print about an error, in one line; nothing where the user ended the command.
func explain(err error) string {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, flag.ErrHelp) {
		return ""
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
