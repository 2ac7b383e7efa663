// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A relay's policy that changes, who is told of decisions, and calls that pass through. Domains in memory. Host.

package relay_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/services/qrexec/wire"
)

// do makes a call from a domain.
func (h *host) do(from, target, service, argument, input string) (code int, out, errs string, err error) {
	var o, e strings.Builder
	code, err = h.agents[from].Do(h.ctx, target, service, argument, qrexec.Streams{Stdin: strings.NewReader(input), Stdout: &o, Stderr: &e})
	return code, o.String(), e.String(), err
}

// TestReload: dom0 changes the policy while the relay runs, the next decision is by it, and a call under way goes on; what would
// be an error changes nothing. Others need a rule, and what a rule allows is not more.
func TestReload(t *testing.T) {
	h := newHost(t)
	running, err := h.agents["lone"].Call(h.ctx, "vault", "test.Echo", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.call("vault", "new"); !errors.Is(err, qrexec.ErrRefused) {
		t.Errorf("before there is a rule: %v", err)
	}
	if code, _, errs, err := h.do("dom0", "@adminvm", "policy.Replace", "10-new", "new\ntest.Say +new work vault allow\n"); code != 0 || err != nil {
		t.Fatal(code, errs, err)
	}
	if out, err := h.call("vault", "new"); err != nil || out != "new for work as user" {
		t.Errorf("with a rule: %q, %v", out, err)
	}
	code, _, errs, err := h.do("dom0", "@adminvm", "policy.Replace", "10-new", "any\n\ntest.Say work vault allow\n")
	if code != 1 || err != nil || !strings.Contains(errs, "/p/10-new.policy:2: ") {
		t.Errorf("a rule with an error: %d, %q, %v", code, errs, err)
	}
	if _, err := h.call("vault", "new"); err != nil {
		t.Errorf("after a change that was refused: %v", err)
	}
	code, out, _, err := h.do("work", "@adminvm", "policy.Get", "10-new", "")
	token, text, _ := strings.Cut(out, "\n")
	if code != 0 || err != nil || text != "test.Say +new work vault allow\n" || !strings.HasPrefix(token, "sha256:") {
		t.Errorf("%d, %q, %v", code, out, err)
	}
	for _, service := range []string{"policy.Replace", "policy.List", "policy.include.Get"} {
		if _, _, _, err := h.do("work", "@adminvm", service, "10-new", "any\n"); !errors.Is(err, qrexec.ErrRefused) {
			t.Errorf("%s without a rule: %v", service, err)
		}
	}
	if code, _, errs, err := h.do("dom0", "dom0", "policy.Remove", "10-new", token); code != 0 || err != nil {
		t.Errorf("removing: %d, %q, %v", code, errs, err)
	}
	if code, out, _, err := h.do("dom0", "dom0", "policy.List", "", ""); code != 0 || err != nil || out != "test\n" {
		t.Errorf("listing: %d, %q, %v", code, out, err)
	}
	if _, err := h.call("vault", "new"); !errors.Is(err, qrexec.ErrRefused) {
		t.Errorf("without the rule: %v", err)
	}
	io.WriteString(running, "still here")
	running.CloseWrite()
	if out, err := io.ReadAll(running); string(out) != "still here" || err != nil {
		t.Errorf("the call that ran: %q, %v", out, err)
	}
	if !strings.Contains(h.log(), "policy: dom0 replaced 10-new, 31 bytes now") {
		t.Error("no line for the change in the log")
	}
}

// TestNotify: somebody is told where the rule says so, and nowhere else.
func TestNotify(t *testing.T) {
	h := newHost(t)
	h.call("vault", "a")
	h.call("vault", "x")
	if code, _, _, err := h.do("work", "lone", "test.Echo", "", ""); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	const want = `{"resolution":"allow","service":"test.Echo","argument":"+","source":"work","target":"lone"}`
	if got := h.hear(); got != want {
		t.Errorf("told %s", got)
	}
	h.call("vault", "n")
	if got := h.hear(); got != `{"resolution":"deny","service":"test.Say","argument":"+n","source":"work","target":"vault"}` {
		t.Errorf("told %s", got)
	}
}

// hear waits for a notice.
func (h *host) hear() string {
	h.Helper()
	select {
	case got := <-h.told:
		return got
	case <-h.ctx.Done():
		h.Fatal("nobody was told\n" + h.log())
		return ""
	}
}

// TestMediated: a domain with the tag shares memory with the relay only, in both roles; all arrives, and the end of either end
// is the other's.
func TestMediated(t *testing.T) {
	h := newHost(t)
	data := make([]byte, 300000)
	rand.Read(data)
	for from, to := range map[string]string{"lone": "vault", "work": "lone"} {
		code, out, _, err := h.do(from, to, "test.Echo", "", string(data))
		if code != 0 || err != nil || !bytes.Equal([]byte(out), data) {
			t.Errorf("%s to %s: %d of %d bytes came back, code %d, %v", from, to, len(out), len(data), code, err)
		}
	}
	c, err := h.agents["lone"].Call(h.ctx, "vault", "test.Echo", "")
	if err != nil {
		t.Fatal(err)
	}
	if n := h.offersOf("vault", "lone"); n != 0 {
		t.Errorf("the two meet %d times", n)
	}
	h.Domain(numbers["vault"]).Kill()
	if code, err := c.Wait(); code != wire.ExitProblem || !errors.Is(err, qrexec.ErrLost) {
		t.Errorf("after the service's domain was destroyed: %d, %v", code, err)
	}
	h.until("the port is free", func() bool { return h.relay.Ports(numbers["lone"]) == 0 })
}

// offersOf counts what two domains ever offered each other: a directory for the peer stays in xenstore.
func (h *host) offersOf(a, b string) (n int) {
	for _, pair := range [][2]string{{a, b}, {b, a}} {
		if _, err := h.Domain(0).Store().List(h.ctx, offersPath(numbers[pair[0]], numbers[pair[1]])); err == nil {
			n++
		}
	}
	return n
}

// full makes as many calls of a domain's as may pass through the relay, or be served by it, and one more, which is refused. When
// end has ended them, another one may be made.
func (h *host) full(from, target, service, argument string) (end func()) {
	h.Helper()
	var calls []*qrexec.Call
	for range relay.MaxMediated {
		c, err := h.agents[from].Call(h.ctx, target, service, argument)
		if err != nil {
			h.Fatal(err)
		}
		calls = append(calls, c)
	}
	if _, err := h.agents[from].Call(h.ctx, target, service, argument); !errors.Is(err, qrexec.ErrRefused) {
		h.Errorf("one more: %v", err)
	}
	return func() {
		h.Helper()
		for _, c := range calls {
			c.Close()
		}
		h.until("another one may be made", func() bool {
			code, _, _, err := h.do(from, target, service, argument, "")
			return code == 0 && err == nil
		})
	}
}

// TestMediatedLimit: no more calls of one domain pass through than are meant to.
func TestMediatedLimit(t *testing.T) {
	newHost(t).full("lone", "vault", "test.Echo", "")()
}

// TestOwnLimit: who may call the relay's own services pays for that, and has no more of them at once than of calls that pass through.
func TestOwnLimit(t *testing.T) {
	h := newHost(t)
	end := h.full("work", "@adminvm", "policy.Get", "test")
	if n := h.own.Load(); n != 0 {
		t.Errorf("%d goroutines are the relay's own", n)
	}
	end()
}

// TestTargetDestroyed: a target that is destroyed before it comes to the call is no reason to wait for it.
func TestTargetDestroyed(t *testing.T) {
	h := newHost(t)
	h.Domain(5)
	h.name(5, "mute")
	h.attach("mute")
	mute := h.muteAgent(5)
	if code, _, errs, err := h.do("dom0", "@adminvm", "policy.Replace", "10-mute", "new\ntest.Echo * work mute allow\n"); code != 0 || err != nil {
		t.Fatal(code, errs, err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := h.agents["work"].Call(context.Background(), "mute", "test.Echo", "")
		ended <- err
	}()
	select {
	case <-mute: // it was told to serve the call, and will not come
	case <-h.ctx.Done():
		t.Fatal(h.log())
	}
	h.Domain(5).Kill()
	if err := <-ended; !errors.Is(err, qrexec.ErrLost) {
		t.Errorf("%v", err)
	}
	h.until("the port is free", func() bool { return h.relay.Ports(numbers["work"]) == 0 })
}
