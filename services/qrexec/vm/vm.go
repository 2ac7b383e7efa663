// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package vm is the services that Qubes OS expects of every qube, for a domain that
// has no programs to run for them. Any goroutine.
//
//	qubes.WaitForSession   ends when somebody could log in: at once, as there is no session to wait for
//	qubes.SetDateTime      reads dom0's time; see below
//
// A domain of domlet's takes its clock from Xen, which dom0 sets for all domains at
// once: there is nothing to set. So qubes.SetDateTime looks whether what dom0 says is
// a time, compares, and where the two differ by more than a few seconds says so and
// fails, because then something is wrong that dom0's owner wants to know.
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

// compare reads a time as dom0 sends it ("date --iso-8601=seconds") and wants it to be now.
func compare(from io.Reader, now time.Time) error {
	line, err := bufio.NewReader(io.LimitReader(from, 64)).ReadString('\n')
	if err != nil && err != io.EOF {
		return err
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(line))
	if err != nil {
		return fmt.Errorf("%.40q is no time", line)
	}
	if d := now.Sub(t); d.Abs() > near {
		return fmt.Errorf("this domain's clock, which is Xen's, is %v from dom0's: set the clock in dom0, and so Xen's", d.Round(time.Second))
	}
	return nil
}
