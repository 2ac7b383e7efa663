// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A relay as its domain has it: attached domains, slices, a policy, somebody to ask. Domains in memory. Host.

package relay_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/directory/keeper"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/policy/book"
	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/admin"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/pages"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest"
)

// patience is how long anything may take that should happen.
const patience = 2 * time.Minute

// rules are a policy with one of each.
const rules = `test.Say   +a  work  vault     allow
test.Say   +b  work  @default  allow target=vault user=other
test.Say   +c  work  vault     ask
test.Say   +d  work  vault     ask default_target=vault
test.Say   +n  work  vault     deny
test.Echo  *   lone  vault     allow
test.Echo  *   work  lone      allow notify=yes
policy.Get *   work  @adminvm  allow
*          *   *     *         deny notify=no
`

// host is a relay's domain and others.
type host struct {
	*testing.T
	*xentest.Host
	ctx    context.Context
	end    context.CancelFunc // ends ctx
	keeper *keeper.Keeper
	agents map[string]*qrexec.Agent
	relay  *relay.Relay
	answer string       // of policy.Ask
	told   chan string  // by policy.Notify
	own    atomic.Int64 // goroutines that the relay pays for itself
	mu     sync.Mutex
	logged strings.Builder
}

// hub is the relay's domain.
const hub abi.Domid_t = 9

// numbers are the domains that are attached.
var numbers = map[string]abi.Domid_t{"work": 1, "vault": 2, "desk": 3, "lone": 4, "dom0": 0}

func newHost(t *testing.T) *host { return newHostOf(t, numbers, rules) }

// newHostOf is a host of these domains, with a policy.
func newHostOf(t *testing.T, domains map[string]abi.Domid_t, text string) *host {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	h := &host{T: t, Host: xentest.New(t, uint64(time.Now().UnixNano())), ctx: ctx, end: cancel, agents: map[string]*qrexec.Agent{}, told: make(chan string, 100)}
	known, err := policy.ParseDomains("domains", "lone tags=apart\n")
	h.must(err)
	h.keeper = &keeper.Keeper{Store: h.Domain(0).Store(), Random: rand.Reader, Known: known}
	h.name(hub, "relay")
	h.serve(text)
	for name, id := range domains {
		if id != 0 {
			h.name(id, name)
		}
		h.must(h.keeper.Attach(ctx, keeper.Wish{Client: name, Service: "relay", As: byvchan.Service}))
		h.agent(name, id)
	}
	h.reconcile()
	h.until("all are attended", func() bool { return len(h.relay.Peers()) == len(domains) })
	return h
}

// until waits for something to come true.
func (h *host) until(what string, f func() bool) {
	h.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			h.Fatalf("waited in vain until %s\n%s", what, h.log())
		}
	}
}

func (h *host) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *host) reconcile() {
	h.Helper()
	_, err := h.keeper.Reconcile(h.ctx)
	h.must(err)
}

// name starts a domain under a name.
func (h *host) name(id abi.Domid_t, name string) {
	h.Helper()
	h.Domain(id)
	h.must(h.Domain(0).Store().Write(h.ctx, store.DomainPath(id)+"/name", name))
}

func (h *host) say(line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.logged.WriteString(line + "\n")
}

func (h *host) log() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logged.String()
}

// serve is the relay, as services/qrexec/domain makes it.
func (h *host) serve(text string) {
	p := h.Domain(hub).Platform()
	d, err := directory.Open(h.ctx, p.Store)
	h.must(err)
	set := slice.New(slice.Options{Platform: p, Pages: pages.Local(), Budget: relay.Budget, Log: h.say, Quarantine: 0, Fatal: func(line string) { h.Error(line) }})
	r := &relay.Relay{Transport: &byvchan.Transport{Platform: p}, Self: hub, Go: h.start, Logf: func(f string, a ...any) { h.say(fmt.Sprintf(f, a...)) }}
	h.relay = r
	rulebook, err := book.Open(fstest.MapFS{"p/test.policy": {Data: []byte(text)}}, "p", "")
	h.must(err)
	own := admin.New(rulebook, func(f string, a ...any) { h.say(fmt.Sprintf(f, a...)) })
	rules := &relay.Rules{Policy: rulebook.Policy, Directory: d, User: "user", Own: own.Has, Mediate: relay.ByTag("apart"), Audit: h.say}
	asker := &relay.Asker{Relay: r, Directory: d, Domain: "desk", User: "user", Time: patience}
	rules.Ask, rules.Notify, r.Decide, r.Handler = asker.Ask, asker.Notify, rules.Decide, own
	attached := relay.NewAttached(r, set)
	go func() {
		for ch, err := range d.Follow(h.ctx) {
			if err != nil {
				return
			}
			attached.Change(ch)
		}
	}()
}

// start starts a goroutine that the relay pays for itself.
func (h *host) start(f func()) {
	h.own.Add(1)
	go func() {
		defer h.own.Add(-1)
		f()
	}()
}

// agent is a domain's, which finds its relay by itself.
func (h *host) agent(name string, id abi.Domid_t) {
	p := h.Domain(id).Platform()
	mux := qrexec.NewMux()
	mux.HandleFunc("test.Say", func(_ context.Context, r *qrexec.Request) int {
		fmt.Fprintf(r.Stdout, "%s for %s as %s", r.Argument, r.Source, r.User)
		return 0
	})
	mux.HandleFunc("test.Echo", func(_ context.Context, r *qrexec.Request) int {
		if _, err := io.Copy(r.Stdout, r.Stdin); err != nil {
			return 1
		}
		return 0
	})
	mux.HandleFunc("policy.Ask", h.ask)
	mux.HandleFunc("policy.Notify", h.notify)
	a := &qrexec.Agent{Transport: &byvchan.Transport{Platform: p}, Handler: mux, Go: func(f func()) { go f() }}
	h.agents[name] = a
	go func() {
		if err := byvchan.Run(h.ctx, p.Store, a); h.ctx.Err() == nil {
			h.say(fmt.Sprintf("the agent of %s ended: %v", name, err))
		}
	}()
}

// ask answers what h.answer says, if the question is right.
func (h *host) ask(_ context.Context, r *qrexec.Request) int {
	b, _ := io.ReadAll(r.Stdin)
	var q struct {
		Source, Service, Argument string
		Targets                   []string
		Default                   string `json:"default_target"`
	}
	if err := json.Unmarshal(b, &q); err != nil || q.Source != "work" || q.Service != "test.Say" || q.Argument[0] != '+' || len(q.Targets) == 0 {
		h.Errorf("asked %q: %v", b, err)
	}
	io.WriteString(r.Stdout, h.answer)
	return 0
}

// notify takes a notice.
func (h *host) notify(_ context.Context, r *qrexec.Request) int {
	b, _ := io.ReadAll(r.Stdin)
	h.told <- strings.TrimSpace(string(b))
	return 0
}

// call makes a call from work.
func (h *host) call(target, argument string) (string, error) {
	var out strings.Builder
	_, err := h.agents["work"].Do(h.ctx, target, "test.Say", argument, qrexec.Streams{Stdout: &out})
	return out.String(), err
}

// TestRules: allowed, redirected, asked, denied; a line for each decision names the rule.
func TestRules(t *testing.T) {
	h := newHost(t)
	h.answer = "allow:vault\n"
	for _, c := range []struct{ target, argument, out, audit string }{
		{"vault", "a", "a for work as user", "test.Say+a of \"vault\" for work: allowed by /p/test.policy:1"},
		{"", "b", "b for work as other", "test.Say+b of \"\" for work: allowed by /p/test.policy:2"},
		{"vault", "c", "c for work as user", "test.Say+c of \"vault\" for work: allowed by /p/test.policy:3"},
		{"vault", "x", "", "test.Say+x of \"vault\" for work: denied by /p/test.policy:9"},
		{"nobody", "a", "", "test.Say+a of \"nobody\" for work: denied by /p/test.policy:9"},
	} {
		out, err := h.call(c.target, c.argument)
		if out != c.out || (c.out == "") != errors.Is(err, qrexec.ErrRefused) {
			t.Errorf("%+v: %q, %v", c, out, err)
		}
		if !strings.Contains(h.log(), c.audit) {
			t.Errorf("no line %q in\n%s", c.audit, h.log())
		}
	}
	for _, answer := range []string{"deny", "", "allow:desk", "allow:", "yes", strings.Repeat("x", 1000), "allow:vault" + strings.Repeat("\n", 1000)} {
		h.answer = answer
		if out, err := h.call("vault", "d"); out != "" || !errors.Is(err, qrexec.ErrRefused) {
			t.Errorf("asked, and told %.20q: %q, %v", answer, out, err)
		}
	}
}

// TestMoved: domains that are attached anew, as when their relay is another one, call each other again, and a call that was under
// way goes on.
func TestMoved(t *testing.T) {
	h := newHostOf(t, numbers, "test.Echo * @anyvm @anyvm allow\n")
	c, err := h.agents["work"].Call(h.ctx, "vault", "test.Echo", "")
	h.must(err)
	for _, name := range []string{"work", "vault"} {
		h.must(h.keeper.Detach(h.ctx, name, "relay"))
		h.reconcile()
		h.must(h.keeper.Attach(h.ctx, keeper.Wish{Client: name, Service: "relay", As: byvchan.Service}))
		h.reconcile()
	}
	h.until("they call each other again", func() bool {
		_, err := h.agents["work"].Do(h.ctx, "vault", "test.Echo", "", qrexec.Streams{})
		return err == nil
	})
	io.WriteString(c, "still here")
	c.CloseWrite()
	if out, err := io.ReadAll(c); string(out) != "still here" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

// TestDetached: a domain that is detached can call and be called no more; attached again, it can.
func TestDetached(t *testing.T) {
	h := newHost(t)
	if _, err := h.call("vault", "a"); err != nil {
		t.Fatal(err)
	}
	w := keeper.Wish{Client: "vault", Service: "relay", As: byvchan.Service}
	h.must(h.keeper.Detach(h.ctx, w.Client, w.Service))
	h.reconcile()
	if _, err := h.call("vault", "a"); !errors.Is(err, qrexec.ErrRefused) {
		t.Errorf("%v", err)
	}
	h.must(h.keeper.Attach(h.ctx, w))
	h.reconcile()
	h.until("the domain is served again", func() bool {
		_, err := h.call("vault", "a")
		return err == nil
	})
}
