// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A domain of domlet's as it is under Qubes OS: its daemon is dom0's. Host; boots
// domains.

package services

import (
	"context"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// TestQube: a relay that is a process of dom0's stands for Qubes' daemons, and calls what they
// ask of every qube. Its domains' clocks are Xen's: the time that dom0 has is accepted, one that is an hour old is not.
func TestQube(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		dom0 := labtest.Need(t)
		c := newCtl(t)
		rules := "/tmp/" + domtest.Unique()
		domtest.Dom0(t, "sh", "-c", "mkdir "+rules+"; echo '* * @anyvm @anyvm allow' >"+rules+"/30-test.policy")
		daemon := domtest.Process(t, dom0.Remote, nil, domtest.InDom0(t, "./services/qrexec/domain"), "-policy", rules)
		daemon.Expect("qrexec: ready\n", 1, slow)
		qube := domtest.Fed(t, domtest.Unique(), nil, mode, nil, "./examples/echo-service", "qubes")
		qube.Expect("serving\n", 1, slow)
		o := &office{t: t, ctl: c, mode: mode, name: "0", relay: daemon}
		o.attach(qube.Name)
		o.here(qube.Name, 1)
		t.Cleanup(func() {
			for _, name := range []string{qube.Name, lab.LinuxName(1)} {
				if out, err := dom0.Output(context.Background(), c.path, "-domains", c.domains, "detach", name, "0"); err != nil {
					t.Error(err, out)
				}
			}
		})
		work := o.guest(1, nil)

		work.call(0, nil, qube.Name, "qubes.WaitForSession")
		now := work.sh("date -u +%Y-%m-%dT%H:%M:%SZ")
		work.call(0, []byte(now), qube.Name, "qubes.SetDateTime")
		work.call(1, []byte("2026-01-01T00:00:00Z\n"), qube.Name, "qubes.SetDateTime")
		if got := work.call(0, []byte("x"), qube.Name, "domlet.Echo"); !strings.HasPrefix(got, "x") {
			t.Errorf("%q came back", got)
		}
	})
}
