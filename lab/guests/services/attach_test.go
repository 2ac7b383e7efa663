// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Who is who: domlet-ctl in dom0 with the real xenstored and xl, a service's domain
// that reads its clients, and clients that find their service. Host; boots domains.

package services

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

const clients = "./lab/guests/clients"

// ctl is domlet-ctl in dom0, with a file of what is known of domains.
type ctl struct {
	t             *testing.T
	path, domains string
}

func newCtl(t *testing.T) *ctl {
	t.Helper()
	c := &ctl{t, domtest.InDom0(t, "./cmd/domlet-ctl"), "/tmp/domains-" + domtest.Unique()}
	t.Cleanup(func() {
		labtest.Need(t).Output(t.Context(), "sh", "-c", "rm -f "+c.domains+"; xenstore-rm /tool/domlet")
	})
	return c
}

// know writes what is known of domains.
func (c *ctl) know(text string) {
	c.t.Helper()
	if err := labtest.Need(c.t).PutFrom(c.t.Context(), strings.NewReader(text), c.domains, "", 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// run runs a command, and returns what it printed.
func (c *ctl) run(words ...string) string {
	c.t.Helper()
	return domtest.Dom0(c.t, append([]string{c.path, "-domains", c.domains}, words...)...)
}

// watch starts domlet-ctl watch, and returns it with its number as a process.
func (c *ctl) watch() (watch *domtest.Speaker, pid string) {
	c.t.Helper()
	watch = domtest.Process(c.t, labtest.Need(c.t).Remote, nil, "sh", "-c", "echo pid $$; exec "+c.path+" -domains "+c.domains+" watch")
	watch.Expect("pid ", 1, time.Minute)
	watch.Expect("\n", 1, time.Minute)
	return watch, strings.TrimSpace(strings.TrimPrefix(strings.SplitN(watch.Said(), "\n", 2)[0], "pid "))
}

// listed waits for a line of domlet-ctl list that has all of these words in this
// order.
func (c *ctl) listed(words ...string) {
	c.t.Helper()
	want := strings.Join(words, " ")
	var said string
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		said = c.run("list")
		for _, line := range strings.Split(said, "\n") {
			if strings.Join(strings.Fields(line), " ") == want {
				return
			}
		}
	}
	c.t.Fatalf("no line %q in\n%s", want, said)
}

// TestAttach goes through the life of an attachment. Xen gives no number twice in
// the lifetime of a test; what there is to see of that here is that a destroyed
// client is a stranger while nobody in dom0 has noticed.
func TestAttach(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		c := newCtl(t)
		serviceName, clientName := domtest.Unique(), domtest.Unique()
		c.know(clientName + " type=AppVM tags=red\n")
		service := domtest.Named(t, serviceName, mode, clients, "serve")
		client := domtest.Named(t, clientName, mode, clients, "find", "demo")
		s, n := service.Number(), client.Number()
		service.Expect("serving\n", 1, time.Minute)

		// Both are there: the command alone attaches them.
		c.run("attach", "-as", "demo", n, serviceName)
		said := fmt.Sprintf("client %s %s uuid=", n, clientName)
		service.Expect(said, 1, time.Minute)
		client.Expect("found "+s+"\n", 1, time.Minute)
		c.listed("demo", serviceName, s, clientName, n, "attached")

		// What dom0 says of the client changes.
		watch, pid := c.watch()
		c.know(clientName + " type=AppVM tags=red,blue\n")
		domtest.Dom0(t, "kill", "-HUP", pid)
		service.Expect(" type=AppVM tags=red,blue\n", 1, time.Minute)
		domtest.Dom0(t, "kill", pid)
		watch.Succeed()

		// Nobody watches, and the client goes: it is a stranger all the same.
		client.Stop()
		service.Expect(fmt.Sprintf("void %s %s", n, clientName), 1, time.Minute)
		if strings.Contains(service.Said(), "left") {
			t.Error("somebody keeps the nodes up to date")
		}
		if got := domtest.Dom0(t, "xenstore-read", "/local/domain/"+s+"/domlet/clients/"+n); !strings.Contains(got, clientName) {
			t.Errorf("the service's entry says %q", got)
		}

		// Somebody watches again: the old client leaves, and the next one of its name
		// is attached without a word.
		c.watch()
		service.Expect(fmt.Sprintf("left %s %s", n, clientName), 1, time.Minute)
		client = domtest.Named(t, clientName, mode, clients, "find", "demo")
		m := client.Number()
		service.Expect(fmt.Sprintf("client %s %s uuid=", m, clientName), 1, time.Minute)
		client.Expect("found "+s+"\n", 1, time.Minute)

		// The service's domain is another one.
		service.Stop()
		service = domtest.Named(t, serviceName, mode, clients, "serve")
		service.Expect(fmt.Sprintf("client %s %s uuid=", m, clientName), 1, time.Minute)
		client.Expect("found "+service.Number()+"\n", 1, time.Minute)

		c.run("detach", clientName, serviceName)
		service.Expect(fmt.Sprintf("left %s %s", m, clientName), 1, time.Minute)
	})
}
