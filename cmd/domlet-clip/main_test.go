// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The command, over domains in memory. Host.

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/directory/keeper"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/xentest"
)

// machine is a host with dom0, which knows domains by their names.
type machine struct {
	t    *testing.T
	host *xentest.Host
	dom0 *keeper.Keeper
	ctx  context.Context
	told bool // clients may ask Xen whether a domain is gone

	held *xentest.Pages // what the clipboard holds is there
}

// on runs a test on a machine, in a bubble of time.
func on(t *testing.T, f func(m *machine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		host := xentest.New(t, 1)
		ctx, cancel := context.WithCancel(context.Background())
		m := &machine{t: t, host: host, dom0: &keeper.Keeper{Store: host.Domain(0).Store(), Random: rand.Reader}, ctx: ctx, told: true}
		f(m)
		cancel()
		for id := range abi.Domid_t(20) {
			host.Domain(id).Kill()
		}
	})
}

// named starts a domain and gives it a name, as the tool stack does.
func (m *machine) named(id abi.Domid_t, name string) {
	m.t.Helper()
	m.host.Domain(id)
	if err := m.dom0.Store.Write(m.ctx, "/local/domain/"+string('0'+rune(id))+"/name", name); err != nil {
		m.t.Fatal(err)
	}
}

// serve starts a clipboard's domain, with a policy.
func (m *machine) serve(id abi.Domid_t, rules string) {
	m.t.Helper()
	m.named(id, "clipboard")
	p := m.host.Domain(id).Platform()
	d, err := directory.Open(m.ctx, p.Store)
	if err != nil {
		m.t.Fatal(err)
	}
	pol, err := policy.Parse("test.policy", rules)
	if err != nil {
		m.t.Fatal(err)
	}
	m.held = xentest.NewPages(m.t, 1000)
	set := slice.New(slice.Options{Platform: p, Pages: m.held, Budget: clipboard.Budget, Log: func(string) {}})
	c := clipboard.New(clipboard.Options{Clock: p.Clock, Policy: &clipboard.Rules{Policy: pol, Directory: d}, Audit: func(clipboard.Event) {}})
	s := clipboard.NewServer(c, set, p.Clock, d.Identify)
	go func() {
		for ch, err := range d.Follow(m.ctx) {
			switch {
			case err != nil:
				return
			case ch.Left:
				s.Detach(ch.ID)
			default:
				s.Attach(ch.Client)
			}
		}
	}()
}

// attach lets a client use the clipboard.
func (m *machine) attach(client string) {
	m.t.Helper()
	if err := m.dom0.Attach(m.ctx, keeper.Wish{Client: client, Service: "clipboard", As: "clipboard"}); err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.dom0.Reconcile(m.ctx); err != nil {
		m.t.Fatal(err)
	}
}

// clip runs the command in a domain.
func (m *machine) clip(id abi.Domid_t, in string, args ...string) (code int, out, errs string) {
	m.t.Helper()
	var o, e bytes.Buffer
	code = m.clipInto(m.ctx, id, strings.NewReader(in), &o, &e, args...)
	return code, o.String(), e.String()
}

func (m *machine) clipInto(ctx context.Context, id abi.Domid_t, in io.Reader, out, errs io.Writer, args ...string) int {
	m.t.Helper()
	c := &clip{stdio: stdio{in, out, errs}}
	act, err := c.parse(args)
	if err == nil {
		p := *m.host.Domain(id).Platform()
		if !m.told {
			p.Events = muteBus{p.Events}
		}
		c.finder.p = &p
		err = act(c, ctx)
	}
	io.WriteString(errs, explain(err))
	return codeOf(err)
}

// TestCopyPaste: what goes in comes out, once, and where the policy lets it; each ending has its code.
func TestCopyPaste(t *testing.T) {
	on(t, func(m *machine) {
		m.named(2, "work")
		m.named(3, "home")
		m.named(4, "vault")
		m.serve(1, "clipboard.Paste * work home allow\nclipboard.Paste * work work allow")
		for _, name := range []string{"work", "home", "vault"} {
			m.attach(name)
		}
		for _, c := range []struct {
			id   abi.Domid_t
			in   string
			args string
			code int
			out  string
		}{
			{3, "", "status", exitOK, "empty\n"},
			{3, "", "paste", exitEmpty, ""},
			{2, "text", "copy", exitOK, ""},
			{2, "", "status", exitOK, "available number=2 bytes=4 type=text/plain;charset=utf-8 from=work left=5m0s\n"},
			{4, "", "status", exitOK, "withheld number=2\n"},
			{4, "", "paste", exitDenied, ""},
			{4, "", "clear", exitDenied, ""},
			{3, "", "paste", exitOK, "text"},
			{3, "", "paste", exitEmpty, ""},
			{2, "\xff\x00", "copy -for home", exitOK, ""},
			{2, "", "paste", exitDenied, ""},
			{3, "", "status", exitOK, "available number=7 bytes=2 type=application/octet-stream from=work for=home left=5m0s\n"},
			{2, "", "clear", exitOK, ""},
			{3, "", "status", exitOK, "empty\n"},
			{2, "a\x1bb", "copy -type text/html -strip", exitOK, ""},
			{3, "", "paste", exitOK, "ab"},
			{2, strings.Repeat("x", clipboard.DefaultLimit+1), "copy", exitTooLarge, ""},
			{2, strings.Repeat("x", clipboard.MaxLimit+1), "copy", exitTooLarge, ""},
			{2, "x", "copy -type nonsense", exitFailed, ""},
		} {
			code, out, errs := m.clip(c.id, c.in, strings.Fields(c.args)...)
			if code != c.code || out != c.out {
				t.Errorf("%s in domain %d: code %d, %q, %q", c.args, c.id, code, out, errs)
			}
		}
	})
}

// TestPasteForgets: when a paste has ended nothing of it is left where it was.
func TestPasteForgets(t *testing.T) {
	on(t, func(m *machine) {
		m.named(2, "work")
		m.serve(1, "clipboard.Paste * work work allow")
		m.attach("work")
		for range 20 {
			text := rand.Text()
			time.Sleep(10 * time.Second) // within the rate
			m.clip(2, text, "copy")
			before := m.held.Count([]byte(text))
			_, out, _ := m.clip(2, "", "paste")
			if after := m.held.Count([]byte(text)); before != 1 || out != text || after != 0 {
				t.Errorf("pasted %q; it was there %d times before and %d times after", out, before, after)
			}
		}
	})
}

// TestAbsent: no clipboard, in time, has a code of its own; -domain names one without dom0's help.
func TestAbsent(t *testing.T) {
	on(t, func(m *machine) {
		m.named(2, "work")
		begin := time.Now()
		if code, _, _ := m.clip(2, "", "-timeout", "5s", "status"); code != exitAbsent || time.Since(begin) != 5*time.Second {
			t.Errorf("code %d after %v", code, time.Since(begin))
		}
		m.serve(1, "")
		m.attach("work")
		if code, out, errs := m.clip(2, "", "-domain", "1", "status"); code != exitOK || out != "empty\n" {
			t.Errorf("code %d, %q, %q", code, out, errs)
		}
	})
}

// mute is an event channel of a process that may not ask Xen about it, as in Linux domains without privileges.
type mute struct{ *evtchn.Channel }

func (m mute) Wait(d time.Duration) error {
	if d == 0 {
		return m.Channel.WaitUntil(time.Time{})
	}
	return m.Channel.WaitUntil(time.Now().Add(d))
}

func (m mute) Wake() { m.Interrupt() }

func (m mute) Status() (evtchn.Status, error) {
	return evtchn.Status{}, &evtchn.Error{Op: evtchn.OpPort("ask for", m.Port()), Errno: syscall.EPERM}
}

// muteBus has such channels.
type muteBus struct{ evtchn.Bus }

func (b muteBus) Interdomain(peer abi.Domid_t, port evtchn.Port) (*evtchn.Channel, error) {
	c, err := b.Bus.Interdomain(peer, port)
	if err != nil {
		return nil, err
	}
	return evtchn.NewChannel(mute{c}), nil
}

// TestRestart: a client that waits while the clipboard's domain is replaced by another one finds that; one that watches goes on,
// where Xen tells that a domain is gone and where it does not.
func TestRestart(t *testing.T) {
	for _, told := range []bool{true, false} {
		t.Run(fmt.Sprint("told=", told), func(t *testing.T) { on(t, func(m *machine) { m.told = told; m.restart() }) })
	}
}

func (m *machine) restart() {
	t := m.t
	t.Helper()
	m.named(2, "work")
	m.serve(1, "clipboard.Paste * work work allow")
	m.attach("work")
	ctx, stop := context.WithCancel(m.ctx)
	watching := make(chan int)
	var lines bytes.Buffer
	go func() { watching <- m.clipInto(ctx, 2, nil, &lines, io.Discard, "-timeout", "10m", "watch") }()
	time.Sleep(time.Second)
	m.clip(2, "first", "copy")
	time.Sleep(time.Second)
	m.host.Domain(1).Kill()
	waiting := make(chan int)
	go func() { code, _, _ := m.clip(2, "second", "-timeout", "10m", "copy"); waiting <- code }()
	time.Sleep(10 * time.Second)
	m.serve(5, "clipboard.Paste * work work allow")
	m.attach("work")
	if code := <-waiting; code != exitOK {
		t.Errorf("the client that waited ended with %d", code)
	}
	time.Sleep(10 * time.Second)
	if code, out, _ := m.clip(2, "", "paste"); code != exitOK || out != "second" {
		t.Errorf("code %d, %q", code, out)
	}
	time.Sleep(time.Second)
	stop()
	<-watching
	got := strings.ReplaceAll(lines.String(), "type=text/plain;charset=utf-8 from=work left=5m0s", "...")
	if !strings.HasPrefix(got, "empty\navailable number=1 bytes=5 ...\n") || !strings.HasSuffix(got, "bytes=6 ...\nempty\n") {
		t.Errorf("the watch printed\n%s", got)
	}
}

// TestUsage: what is not understood ends with 2 and says how to call the command; who asks for that is no failure.
func TestUsage(t *testing.T) {
	for args, want := range map[string]int{
		"": exitUsage, "frob": exitUsage, "-x status": exitUsage, "status -x": exitUsage, "status more": exitUsage, "copy -for": exitUsage,
		"paste -for x": exitUsage, "-help": exitOK, "copy -help": exitOK,
	} {
		var errs bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), stdio{nil, io.Discard, &errs}); code != want || !strings.Contains(errs.String(), "usage:") {
			t.Errorf("%q: code %d, %q", args, code, errs.String())
		}
	}
}
