// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The relay as a domain, a service in another one, and dom0 as a caller by the
// commands of Linux domains. Host; boots domains.

package services

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// qrexecPolicy lets everybody hash, and nobody echo but to be told so.
const qrexecPolicy = "domlet.Hash * * @anyvm allow\ndomlet.Echo +yes * @anyvm allow\ndomlet.None * * @anyvm allow\n* * * * deny\n"

// slow is how long a domain may take for anything, on a machine with much else to do.
const slow = 4 * time.Minute

// office is dom0 with its agent, whose relay is a domain.
type office struct {
	t          *testing.T
	tool, dir  string
	relay, own *domtest.Speaker
}

// newOffice starts a relay with the policy, and dom0's agent, and attaches dom0.
func newOffice(t *testing.T, c *ctl, mode string) *office {
	t.Helper()
	rules := t.TempDir()
	if err := os.WriteFile(filepath.Join(rules, "30-test.policy"), []byte(qrexecPolicy), 0o644); err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, tool: domtest.InDom0(t, "./cmd/domlet-qrexec"), dir: "/tmp/qrexec-" + domtest.Unique()}
	o.relay = domtest.Started(t, mode, []string{"-files", rules + ":/etc/qubes/policy.d"}, "./services/qrexec/domain")
	o.relay.Expect("qrexec: ready\n", 1, slow)
	agent := domtest.InDom0(t, "./cmd/domlet-qrexec-agent")
	o.own = domtest.Process(t, labtest.Need(t).Remote, nil, agent, "-daemon", o.relay.Number(), "-run", o.dir)
	c.run("attach", "-as", "qrexec", "0", o.relay.Name)
	return o
}

// call makes a call with input, and returns what came back.
func (o *office) call(code int, input []byte, words ...string) string {
	o.t.Helper()
	p := domtest.Process(o.t, labtest.Need(o.t).Remote, io.Reader(bytes.NewReader(input)), append([]string{o.tool, "-run", o.dir, "call"}, words...)...)
	return p.Code(code)
}

// TestQrexec: dom0 calls a service of a domlet domain, by a relay that is a domain
// too: allowed, denied, not there; much data; the service's domain destroyed.
func TestQrexec(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		c := newCtl(t)
		c.know("# dom0 knows nothing but names\n")
		o := newOffice(t, c, mode)
		defer c.run("detach", "0", o.relay.Name) // dom0 outlives the test
		echo := domtest.Started(t, mode, nil, "./examples/echo-service")
		echo.Expect("serving\n", 1, slow)
		c.run("attach", "-as", "qrexec", echo.Name, o.relay.Name)

		data := make([]byte, 4<<20)
		rand.Read(data)
		if got, want := o.call(0, data, echo.Name, "domlet.Hash"), fmt.Sprintf("%x\n", sha256.Sum256(data)); got != want {
			t.Errorf("the hash of %d bytes is %q, not %q", len(data), got, want)
		}
		small := "there and back"
		if got := o.call(0, []byte(small), echo.Name, "domlet.Echo+yes"); got != small {
			t.Errorf("%q came back", got)
		}
		o.call(126, nil, echo.Name, "domlet.Echo")
		o.call(127, nil, echo.Name, "domlet.None")
		o.relay.Expect("30-test.policy:1", 1, slow)
		o.relay.Expect("30-test.policy:4", 1, slow)

		echo.Stop()
		o.relay.Expect(echo.Name+": ", 1, slow)
		o.call(126, nil, echo.Name, "domlet.Hash")
	})
}
