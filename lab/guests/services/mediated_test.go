// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls whose data pass through the relay, beside calls whose data do not. Host;
// boots domains.

package services

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// TestQrexecMediated: the calls of a domain with a tag pass through the relay, whole, 16 at
// once and no more; as long as they are under way, Xen knows of no page that it shares with
// the domain that it calls. A domain without the tag shares some. When the relay is destroyed
// the calls of the one end, and those of the other one go on.
func TestQrexecMediated(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		apart, plain, echo := domtest.Unique(), domtest.Unique(), domtest.Unique()
		o := newOfficeOf(t, mode, apart+" type=AppVM tags=apart\n", "* * @anyvm @anyvm allow\n", "-mediate", "apart")
		service, a, p := o.echo(echo), o.caller(apart), o.caller(plain)
		for _, name := range []string{apart, plain, echo} {
			o.here(name, 1)
		}
		a.does("code 0, the hash of 4000000", "call", echo, "domlet.Hash", "4000000")
		a.does("code 0, the same 4000000", "call", echo, "domlet.Echo", "4000000")
		a.does("code 127", "call", echo, "domlet.None", "0")

		many, one := a.order("hold", "", echo, "domlet.Echo", "16"), p.order("hold", "", echo, "domlet.Echo", "1")
		a.answers(many, "holds 16")
		p.answers(one, "holds 1")
		theirs := service.Number()
		for c, shares := range map[*caller]bool{a: false, p: true} {
			if to := domtest.LentBy(t, c.Number()); slices.Contains(to, theirs) != shares || !slices.Contains(to, o.relay.Number()) {
				t.Errorf("%s has pages that it lends to the domains %v; the service is in %s, the relay in %s", c.Name, to, theirs, o.relay.Number())
			}
		}
		if to := domtest.LentBy(t, theirs); slices.Contains(to, a.Number()) {
			t.Errorf("the service lends pages to the domains %v", to)
		}
		a.does("code 126", "call", echo, "domlet.Hash", "0")
		a.does("all 16", "use", many)
		a.does("all 16", "drop", many)
		last := heldAgain(a, echo)
		destroy(t, o.relay)
		a.does("all 1", "lose", last)
		p.does("all 1", "use", one)
	})
}

// heldAgain makes a call and keeps it, as soon as there is room again for one.
func heldAgain(c *caller, target string) (label string) {
	c.t.Helper()
	for end := time.Now().Add(slow); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		label = c.order("hold", "", target, "domlet.Echo", "1")
		if got := c.answer(label); strings.Contains(got, "holds 1") {
			return label
		} else if !strings.Contains(got, "refused") {
			c.t.Fatal(got)
		}
	}
	c.t.Fatal(fmt.Sprint("no call of ", c.Name, " ends"))
	return ""
}
