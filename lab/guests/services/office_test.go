// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A relay, and who calls each other by it: domains of domlet's, and Linux systems
// with domlet's agent. Host; boots domains.

package services

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// slow is how long a domain may take for anything, on a machine with much else to do.
const slow = 4 * time.Minute

// office is a relay, and who keeps the nodes up to date.
type office struct {
	t     *testing.T
	ctl   *ctl
	mode  string
	name  string // of the relay's domain
	flags []string
	args  []string
	relay *domtest.Speaker
}

// newOffice starts a relay with a policy and arguments, and domlet-ctl to attach
// domains to it whenever they are there.
func newOffice(t *testing.T, mode, policy string, args ...string) *office {
	t.Helper()
	return newOfficeOf(t, mode, "# dom0 knows nothing but names\n", policy, args...)
}

// newOfficeOf is newOffice with what dom0 knows of domains.
func newOfficeOf(t *testing.T, mode, known, policy string, args ...string) *office {
	t.Helper()
	rules := t.TempDir()
	if err := os.WriteFile(filepath.Join(rules, "30-test.policy"), []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, ctl: newCtl(t), mode: mode, name: domtest.Unique(), flags: []string{"-files", rules + ":/etc/qubes/policy.d"}, args: args}
	o.ctl.know(known)
	o.ctl.watch()
	o.open()
	return o
}

// open starts the relay, the first one or the next.
func (o *office) open() {
	o.t.Helper()
	o.relay = domtest.Fed(o.t, o.name, nil, o.mode, o.flags, "./services/qrexec/domain", o.args...)
	o.relay.Expect("qrexec: ready\n", 1, slow)
}

// attach attaches a domain to the relay.
func (o *office) attach(name string) {
	o.t.Helper()
	o.ctl.run("attach", "-as", "qrexec", name, o.name)
}

// echo starts a domain that serves domlet.Echo and domlet.Hash.
func (o *office) echo(name string) *domtest.Speaker {
	o.t.Helper()
	d := domtest.Named(o.t, name, o.mode, "./examples/echo-service")
	d.Expect("serving\n", 1, slow)
	o.attach(name)
	return d
}

// caller is a domain that calls as it is told.
type caller struct {
	*domtest.Speaker
	t      *testing.T
	orders io.Writer
	n      int
}

// caller starts one.
func (o *office) caller(name string) *caller {
	o.t.Helper()
	in, orders := io.Pipe()
	c := &caller{domtest.Fed(o.t, name, in, o.mode, nil, "./lab/guests/caller"), o.t, orders, 0}
	o.t.Cleanup(func() { orders.Close() }) // before the domain's own, which waits for who reads this
	c.Expect("ready\n", 1, slow)
	o.attach(name)
	return c
}

// order has the caller do something, and returns the label of the answer. An empty
// label is one of its own.
func (c *caller) order(verb, label string, words ...string) string {
	c.t.Helper()
	if c.n++; label == "" {
		label = fmt.Sprint("order", c.n)
	}
	if _, err := fmt.Fprintln(c.orders, verb, label, strings.Join(words, " ")); err != nil {
		c.t.Fatal(err)
	}
	return label
}

// answer waits for the answer with a label.
func (c *caller) answer(label string) string {
	c.t.Helper()
	c.Expect("\n"+label+": ", 1, slow)
	_, rest, _ := strings.Cut(c.Said(), "\n"+label+": ")
	c.Expect("\n", strings.Count(c.Said(), "\n")-strings.Count(rest, "\n")+1, slow)
	_, rest, _ = strings.Cut(c.Said(), "\n"+label+": ")
	got, _, _ := strings.Cut(rest, "\n")
	return got
}

// answers waits for the answer with a label, which must have these words.
func (c *caller) answers(label, want string) {
	c.t.Helper()
	if got := c.answer(label); !strings.Contains(got, want) {
		c.t.Errorf("%s: %s, and not %s", label, got, want)
	}
}

// does is order and answers.
func (c *caller) does(want, verb string, words ...string) {
	c.t.Helper()
	c.answers(c.order(verb, "", words...), want)
}

// desk is a Linux system with the agent.
type desk struct {
	t                         *testing.T
	on                        *lab.Remote
	name, tool, run, services string
}

// desk starts the agent of a Linux system, which is the domain of that name, with
// these services.
func (o *office) desk(on *lab.Remote, name string, services map[string]string) *desk {
	o.t.Helper()
	base := "/tmp/qrexec-" + domtest.Unique()
	o.removed(on, base)
	d := &desk{o.t, on, name, o.stored(on, "./cmd/domlet-qrexec"), base + "/run", base + "/services"}
	agent := o.stored(on, "./cmd/domlet-qrexec-agent")
	for service, script := range services {
		d.serve(service, script)
	}
	domtest.Process(o.t, on, nil, agent, "-relay", "-run", d.run, "-services", d.services)
	o.attach(name)
	if name == "0" {
		name = "dom0"
	}
	o.here(name, 1)
	return d
}

// guest is the desk in one of the lab's Linux domains.
func (o *office) guest(number int, services map[string]string) *desk {
	o.t.Helper()
	on, err := labtest.Need(o.t).LinuxGuest(o.t.Context(), number)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { on.Close() })
	return o.desk(on, lab.LinuxName(number), services)
}

// stored copies a program of the repository to a Linux system, for as long as the test runs.
func (o *office) stored(on *lab.Remote, pkg string) string {
	o.t.Helper()
	if on == labtest.Need(o.t).Remote {
		return domtest.InDom0(o.t, pkg)
	}
	path := "/tmp/" + domtest.Unique()
	if err := on.Put(o.t.Context(), domtest.Program(o.t, pkg), path); err != nil {
		o.t.Fatal(err)
	}
	o.removed(on, path)
	return path
}

// removed has a path removed when the test is over: a Linux guest lives on, and its files lie in its memory.
func (o *office) removed(on *lab.Remote, path string) {
	o.t.Cleanup(func() {
		if _, err := on.Output(context.Background(), "rm", "-rf", path); err != nil {
			o.t.Error(err)
		}
	})
}

// here waits until the relay has a domain's agent, for the nth time.
func (o *office) here(name string, n int) {
	o.t.Helper()
	o.relay.Expect("the agent of "+name+", domain ", n, slow)
}

// sh runs a line of the shell.
func (d *desk) sh(line string) string {
	d.t.Helper()
	out, err := d.on.Output(d.t.Context(), "sh", "-c", line)
	if err != nil {
		d.t.Fatalf("%s: %v", line, err)
	}
	return out
}

// serve makes a script a service.
func (d *desk) serve(service, script string) {
	d.t.Helper()
	d.sh("mkdir -p " + d.services + " && chmod 755 " + filepath.Dir(d.services) + " " + d.services)
	file := filepath.Join(d.services, service)
	if err := d.on.PutFrom(d.t.Context(), strings.NewReader("#!/bin/sh\n"+script+"\n"), file, "", 0o755); err != nil {
		d.t.Fatal(err)
	}
}

// call makes a call with input, which must end with a code, and returns what came
// back.
func (d *desk) call(code int, input []byte, words ...string) string {
	d.t.Helper()
	p := domtest.Process(d.t, d.on, io.Reader(bytes.NewReader(input)), append([]string{d.tool, "-run", d.run, "call"}, words...)...)
	return p.Code(code)
}

// dom0 is the desk in dom0, which outlives the test: its attachment must not.
func (o *office) dom0(services map[string]string) *desk {
	o.t.Helper()
	d := o.desk(labtest.Need(o.t).Remote, "0", services)
	o.t.Cleanup(func() {
		labtest.Need(o.t).Output(context.Background(), o.ctl.path, "-domains", o.ctl.domains, "detach", "0", o.name)
	})
	return d
}
