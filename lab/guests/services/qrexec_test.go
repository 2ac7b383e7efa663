// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls between domains by a relay that is a domain. Host; boots domains.

package services

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

// asking is a service policy.Ask that says yes to the first target.
const asking = `sed 's/.*"targets":\["\([^"]*\)".*/allow:\1/'`

// callBytes is how much goes through a call: what the promise says in long runs.
func callBytes() string {
	if domtest.LongClass() {
		return "100000000"
	}
	return "4000000"
}

// rules are the policy for a caller and a domain that echoes; the second %s is the
// latter.
const rules = `domlet.Hash *          %[1]s   %[2]s   allow
domlet.Echo +asked     %[1]s   %[2]s   ask
domlet.Echo +elsewhere %[1]s   @default allow target=%[2]s
domlet.Echo +denied    *       *       deny notify=yes
domlet.Echo *          @anyvm  @anyvm  allow
domlet.None *          @anyvm  @anyvm  allow
domlet.Files *         @anyvm  @anyvm  allow
domlet.Fetch *         @anyvm  @anyvm  allow
test.Who    *          @anyvm  @anyvm  allow user=nobody
qubes.Filecopy *       @anyvm  @anyvm  allow user=root
*           *          *       *       deny notify=no
`

// TestQrexec: two domains of domlet's call each other, and dom0 answers what is to be
// asked and changes the policy; in the middle of it the relay is another one, and at
// the end the service's domain is destroyed.
func TestQrexec(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		me, echo := domtest.Unique(), domtest.Unique()
		o := newOffice(t, mode, fmt.Sprintf(rules, me, echo), "-ask", "dom0", "-user", "root")
		notices := "/tmp/notices-" + o.name
		dom0 := o.dom0(map[string]string{"policy.Ask": asking, "policy.Notify": "cat >>" + notices})
		service, c := o.echo(echo), o.caller(me)
		for _, name := range []string{"dom0", me, echo} {
			o.here(name, 1)
		}
		decisions(o, c, echo)
		if got := dom0.sh("for i in $(seq 600); do test -s " + notices + " && break; sleep 0.1; done; cat " + notices); !strings.Contains(got, `"argument":"+denied"`) {
			t.Errorf("dom0 was told %q", got)
		}
		dom0.sh("rm " + notices)
		reload(o, c, dom0, echo)
		many := c.order("hold", "", echo, "domlet.Echo", "256")
		c.answers(many, "holds 256")
		c.does("all 256", "use", many)
		c.does("all 256", "drop", many)
		restart(o, c, echo)

		last := c.order("hold", "", echo, "domlet.Echo", "1")
		c.answers(last, "holds 1")
		service.Stop()
		c.does("all 1", "lose", last)
		o.relay.Expect("/"+echo+": ends: ", 1, slow)
		c.does("code 126", "call", echo, "domlet.Hash", "0")
	})
}

// decisions are calls as each rule says, with much data.
func decisions(o *office, c *caller, echo string) {
	c.does("code 0, the hash of "+callBytes(), "call", echo, "domlet.Hash", callBytes())
	c.does("code 0, the same "+callBytes(), "call", echo, "domlet.Echo", callBytes())
	c.does("code 0, the same 100", "call", echo, "domlet.Echo+asked", "100")
	c.does("code 0, the same 100", "call", "@default", "domlet.Echo+elsewhere", "100")
	c.does("code 126", "call", echo, "domlet.Echo+denied", "100")
	c.does("code 126", "call", "nobody", "domlet.Echo", "100")
	c.does("code 127", "call", echo, "domlet.None", "0")
	for line := 1; line <= 6; line++ {
		o.relay.Expect(fmt.Sprintf("30-test.policy:%d\n", line), 1, slow)
	}
}

// reload changes the policy while the relay runs.
func reload(o *office, c *caller, dom0 *desk, echo string) {
	c.does("code 0", "call", echo, "domlet.Hash+later", "0")
	dom0.call(1, []byte("new\ndomlet.Hash +later * *\n"), "@adminvm", "policy.Replace+10-later")
	dom0.call(0, []byte("new\ndomlet.Hash +later * * deny\n"), "@adminvm", "policy.Replace+10-later")
	c.does("code 126", "call", echo, "domlet.Hash+later", "0")
	o.relay.Expect("10-later.policy:1\n", 1, slow)
}

// restart starts the relay anew with a call under way, which goes on; then others can
// be made, by the policy of the ramdisk.
func restart(o *office, c *caller, echo string) {
	running := c.order("hold", "", echo, "domlet.Echo", "1")
	c.answers(running, "holds 1")
	destroy(o.t, o.relay)
	c.does("all 1", "use", running)
	o.open()
	for _, name := range []string{"dom0", c.Name, echo} {
		o.here(name, 1)
	}
	c.does("all 1", "use", running)
	c.does("code 0", "call", echo, "domlet.Hash+later", "0")
}

// drop has a Linux domain bring files to a domain that keeps them, and get them back.
func drop(o *office, work *desk) {
	keeper := domtest.Named(o.t, domtest.Unique(), o.mode, "./examples/filedrop")
	keeper.Expect("serving\n", 1, slow)
	o.attach(keeper.Name)
	o.here(keeper.Name, 1)
	work.sh("rm -rf /tmp/brought /tmp/incoming; mkdir -p /tmp/brought/below; head -c 3000000 /dev/urandom >/tmp/brought/below/noise; touch /tmp/brought/empty")
	work.sh(work.tool + " -run " + work.run + " copy /tmp/brought " + keeper.Name)
	keeper.Expect(" files and directories: <nil>\n", 1, slow)
	if got := work.call(0, nil, keeper.Name, "domlet.Files"); !strings.Contains(got, "   3000000 "+work.name+"/brought/below/noise\n") {
		o.t.Errorf("what is there: %q", got)
	}
	work.call(0, []byte(work.name+"/brought\n"), keeper.Name, "domlet.Fetch")
	if want, got := work.sh("cd /tmp/brought && find . | sort && sha256sum below/*"), work.sh("cd /tmp/incoming/"+keeper.Name+"/brought && find . | sort && sha256sum below/*"); got != want {
		o.t.Errorf("what came back is\n%s and not\n%s", got, want)
	}
	work.call(1, []byte("../etc/passwd\n"), keeper.Name, "domlet.Fetch")
}

// TestQrexecLinux: two Linux domains and two of domlet's call each other, run services
// as another user, and copy files; and the domain that a Linux one calls is destroyed
// in the middle of the call.
func TestQrexecLinux(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		me, echo := domtest.Unique(), domtest.Unique()
		o := newOffice(t, mode, fmt.Sprintf(rules, me, echo), "-user", "root")
		service, c := o.echo(echo), o.caller(me)
		o.here(me, 1)
		o.here(echo, 1)
		work := linux(o, c, echo)
		cut := domtest.Process(t, work.on, nil, work.tool, "-run", work.run, "call", echo, "domlet.Echo")
		o.relay.Expect("domlet.Echo+ of \""+echo+"\" for "+work.name+": allowed", 2, slow)
		service.Stop()
		cut.Code(125)
	})
}

// linux is what Linux domains do while nothing goes wrong. It returns one of them.
func linux(o *office, c *caller, echo string) (work *desk) {
	const receive = "exec /tmp/domlet-qrexec receive /tmp/incoming"
	work = o.guest(1, map[string]string{"qubes.Filecopy": receive})
	vault := o.guest(2, map[string]string{
		"test.Who":       "id -u; id -g; id -G; echo $HOME $USER $QREXEC_REMOTE_DOMAIN; pwd",
		"qubes.Filecopy": receive,
	})
	for _, d := range []*desk{work, vault} {
		d.sh("ln -sf " + d.tool + " /tmp/domlet-qrexec; rm -rf /tmp/incoming")
	}
	vault.sh("grep -q nobody /etc/passwd || " +
		`{ echo nobody:x:65534:65533::/tmp:/bin/sh >>/etc/passwd; printf 'nogroup:x:65533:\nwatchers:x:77:nobody\n' >>/etc/group; }`)
	who := "65534\n65533\n65533 77\n/tmp nobody " + work.name + "\n/tmp\n"
	if got := work.call(0, nil, vault.name, "test.Who"); got != who {
		o.t.Errorf("a service as nobody is %q, not %q", got, who)
	}
	c.does(`\n/tmp nobody `+c.Name, "call", vault.name, "test.Who", "0")
	data := make([]byte, 4<<20)
	rand.Read(data)
	if got := work.call(0, data, echo, "domlet.Echo"); got != string(data) {
		o.t.Errorf("%d of %d bytes came back", len(got), len(data))
	}
	drop(o, work)
	work.call(127, nil, vault.name, "domlet.None")
	work.call(126, nil, vault.name, "domlet.Hash")
	work.sh("rm -rf /tmp/sent; mkdir -p /tmp/sent/below; head -c 1000000 /dev/urandom >/tmp/sent/below/noise; ln -s below/noise /tmp/sent/link")
	work.sh(work.tool + " -run " + work.run + " copy /tmp/sent " + vault.name)
	if want, got := work.sh("sha256sum </tmp/sent/link"), vault.sh("sha256sum </tmp/incoming/"+work.name+"/sent/link"); got != want {
		o.t.Errorf("the copy of a file is %s, not %s", got, want)
	}
	return work
}
