// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Who is who: domlet-ctl in dom0 with the real xenstored and xl, a service's domain
// that reads its clients, and clients that find their service. Host; boots domains.

package services

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// patience is for a lab that shares its processor with others: nothing here takes
// more than seconds in one of its own.
const patience = 4 * time.Minute

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
		labtest.Need(t).Output(context.Background(), "sh", "-c", "rm -f "+c.domains+"; xenstore-rm /tool/domlet")
	})
	c.know("")
	return c
}

// destroy ends a domain, and waits until its name is free.
func destroy(t *testing.T, d *domtest.Speaker) {
	t.Helper()
	d.Stop()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if _, err := labtest.Need(t).Output(t.Context(), "xl", "domid", d.Name); err != nil {
			return
		}
	}
	t.Fatalf("the domain %s did not go", d.Name)
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
	watch.Expect("pid ", 1, patience)
	watch.Expect("\n", 1, patience)
	return watch, strings.TrimSpace(strings.TrimPrefix(strings.SplitN(watch.Said(), "\n", 2)[0], "pid "))
}

// listed waits for a line of domlet-ctl list that has all of these words in this
// order.
func (c *ctl) listed(words ...string) {
	c.t.Helper()
	want := strings.Join(words, " ")
	var said string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		said = c.run("list")
		for _, line := range strings.Split(said, "\n") {
			if strings.Join(strings.Fields(line), " ") == want {
				return
			}
		}
	}
	c.t.Fatalf("no line %q in\n%s", want, said)
}

// TestAttach goes through the life of an attachment, with somebody in dom0 who keeps
// it up to date and without.
func TestAttach(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		c := newCtl(t)
		serviceName, clientName := domtest.Unique(), domtest.Unique()
		c.know(clientName + " type=AppVM tags=red\n")
		service := domtest.Named(t, serviceName, mode, clients, "serve")
		client := domtest.Named(t, clientName, mode, clients, "find", "demo")
		s, n := service.Number(), client.Number()
		service.Expect("serving\n", 1, patience)

		// Both are there: the command alone attaches them.
		c.run("attach", "-as", "demo", n, serviceName)
		said := fmt.Sprintf("client %s %s uuid=", n, clientName)
		service.Expect(said, 1, patience)
		client.Expect("found "+s+"\n", 1, patience)
		c.listed("demo", serviceName, s, clientName, n, "attached")

		// What dom0 says of the client changes: before somebody watches, and after.
		c.know(clientName + " type=AppVM tags=red,blue\n")
		watch, pid := c.watch()
		service.Expect(" type=AppVM tags=red,blue\n", 1, patience)
		c.know(clientName + " type=AppVM tags=red,green\n")
		domtest.Dom0(t, "kill", "-HUP", pid)
		service.Expect(" type=AppVM tags=red,green\n", 1, patience)
		domtest.Dom0(t, "kill", pid)
		watch.Succeed()

		// Nobody watches, and the client goes: it is a stranger all the same.
		destroy(t, client)
		service.Expect(fmt.Sprintf("void %s %s", n, clientName), 1, patience)
		if strings.Contains(service.Said(), "left") {
			t.Error("somebody keeps the nodes up to date")
		}
		if got := domtest.Dom0(t, "xenstore-read", "/local/domain/"+s+"/domlet/clients/"+n); !strings.Contains(got, clientName) {
			t.Errorf("the service's entry says %q", got)
		}

		// Somebody watches again: the old client leaves, and the next one of its name
		// is attached without a word.
		c.watch()
		service.Expect(fmt.Sprintf("left %s %s", n, clientName), 1, patience)
		client = domtest.Named(t, clientName, mode, clients, "find", "demo")
		m := client.Number()
		service.Expect(fmt.Sprintf("client %s %s uuid=", m, clientName), 1, patience)
		client.Expect("found "+s+"\n", 1, patience)

		// The service's domain is another one.
		destroy(t, service)
		service = domtest.Named(t, serviceName, mode, clients, "serve")
		service.Expect(fmt.Sprintf("client %s %s uuid=", m, clientName), 1, patience)
		client.Expect("found "+service.Number()+"\n", 1, patience)

		// The command and the one that watches do the same at the same time, each time.
		rounds := 4
		if domtest.LongClass() {
			rounds = 20
		}
		for i := range rounds {
			c.run("detach", clientName, serviceName)
			service.Expect(fmt.Sprintf("left %s %s", m, clientName), i+1, patience)
			c.run("attach", "-as", "demo", clientName, serviceName)
			service.Expect(fmt.Sprintf("client %s %s uuid=", m, clientName), i+2, patience)
		}
	})
}
