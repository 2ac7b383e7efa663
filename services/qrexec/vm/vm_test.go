// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What Qubes asks of a qube. Host.

package vm

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/xen/clock"
)

// at is a clock that stands.
type at struct {
	clock.System
	now time.Time
}

func (a at) Now() time.Time { return a.now }

// stream is a stream of a call.
type stream struct{ strings.Builder }

func (*stream) Close() error { return nil }

// TestServices: waiting for a session ends at once; a time that is Xen's is accepted, another one or none is not.
func TestServices(t *testing.T) {
	mux := qrexec.NewMux()
	Register(mux, at{now: time.Date(2026, 8, 1, 12, 0, 5, 0, time.UTC)})
	for _, c := range []struct {
		service, input, says string
		code                 int
	}{
		{"qubes.WaitForSession", "", "", 0},
		{"qubes.SetDateTime", "2026-08-01T12:00:04+00:00\n", "", 0},
		{"qubes.SetDateTime", "2026-08-01T14:00:04+02:00", "", 0},
		{"qubes.SetDateTime", "2026-08-01T12:00:04+0000\n", "", 0},
		{"qubes.SetDateTime", "2026-08-01T12:00:04Z\n", "", 0},
		{"qubes.SetDateTime", "2026-08-01T12:01:05+00:00\n", "-1m0s from dom0's", 1},
		{"qubes.SetDateTime", "next Tuesday\n", "is no time", 1},
		{"qubes.SetDateTime", "", "is no time", 1},
		{"qubes.SetDateTime", strings.Repeat("2", 1000), "is no time", 1},
	} {
		var out, errs stream
		code := mux.ServeCall(context.Background(), &qrexec.Request{Service: c.service, Stdin: strings.NewReader(c.input), Stdout: &out, Stderr: &errs})
		if code != c.code || out.Len() > 0 || !strings.Contains(errs.String(), c.says) {
			t.Errorf("%s %.30q: %d, %q, %q", c.service, c.input, code, out.String(), errs.String())
		}
	}
}
