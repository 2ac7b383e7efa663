// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package vm is the services that Qubes OS expects of every qube, for a domain that
// has no programs to run for them. Any goroutine.
//
//	qubes.WaitForSession   ends when somebody could log in: at once, as there is no session to wait for
//	qubes.SetDateTime      reads dom0's time; see below
//
// Qubes' own agent sets its system's clock where that is more than two seconds off. A
// domain of domlet's has none of its own to set: time.Now is Xen's clock, which dom0
// sets for all domains at once. So qubes.SetDateTime looks whether what dom0 says is
// a time, compares, and where the two differ by more than ten seconds says so and
// fails, because then Xen's clock is wrong, which dom0's owner wants to know.
//
// [Announce] tells dom0 what a qube can do: by QubesDB, and the service
// qubes.FeaturesRequest of dom0.
package vm

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/xen/clock"
)

// near is how far two clocks may be apart that are the same: dom0 sends whole seconds, and a call takes its time.
const near = 10 * time.Second

// codeFailed is the exit code of a service that has not done what it should.
const codeFailed = 1

// Register adds the services to those of a domain, whose clock is c.
func Register(mux *qrexec.Mux, c clock.Clock) {
	mux.HandleFunc("qubes.WaitForSession", func(context.Context, *qrexec.Request) int { return 0 })
	mux.HandleFunc("qubes.SetDateTime", func(_ context.Context, r *qrexec.Request) int {
		if err := compare(r.Stdin, c.Now()); err != nil {
			fmt.Fprintln(r.Stderr, "qubes.SetDateTime:", err)
			return codeFailed
		}
		return 0
	})
}

// forms are how "date -u --iso-8601=seconds" writes a time: zones have had a colon for some years.
var forms = [...]string{time.RFC3339, "2006-01-02T15:04:05Z0700"}

// compare reads a time as dom0 sends it and wants it to be now.
func compare(from io.Reader, now time.Time) error {
	line, err := bufio.NewReader(io.LimitReader(from, 64)).ReadString('\n')
	if err != nil && err != io.EOF {
		return err
	}
	t, err := parse(strings.TrimSpace(line))
	if err != nil {
		return fmt.Errorf("%.40q is no time", line)
	}
	if d := now.Sub(t); d.Abs() > near {
		return fmt.Errorf("this domain's clock, which is Xen's, is %v from dom0's: set the clock in dom0, and so Xen's", d.Round(time.Second))
	}
	return nil
}

// parse reads a time in one of the forms.
func parse(text string) (t time.Time, err error) {
	for _, form := range forms {
		if t, err = time.Parse(form, text); err == nil {
			break
		}
	}
	return t, err
}
