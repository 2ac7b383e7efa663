// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Callers that do not come. Host.

package qrexec_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/clock"
)

// still is a clock whose timers never come.
type still struct{ clock.System }

func (still) AfterFunc(time.Duration, func()) clock.Timer { return time.NewTimer(time.Hour) }

// TestCallerDestroyed: a service does not wait for a caller whose domain was destroyed before it listened, however long it may
// wait for one that is there.
func TestCallerDestroyed(t *testing.T) {
	w := newWorld(t, "vchan", 0)
	a := &qrexec.Agent{Transport: w.transport(vault), Handler: w.mux, Go: w.start, Clock: still{}, Logf: w.logf}
	over := make(chan bool)
	a.Serve(w.ctx, wire.Message{Type: wire.ExecCmdline, Domain: work, Port: wire.FirstDataPort, Command: qrexec.Command("user", "test.Echo", "work")}, func() { close(over) })
	w.until("it waits", func() bool { n, _ := w.host.Xenstored().Held(vault); return n == 1 })
	w.host.Domain(work).Kill()
	select {
	case <-over:
	case <-w.ctx.Done():
		t.Error("the service still waits")
	}
	a.Wait()
	if !strings.Contains(w.log(), "there is no such domain") {
		t.Error(w.log())
	}
}

// TestCallOfTheRelayFails has the relay call a domain whose agent is away, and that domain then make a call that passes through the
// relay, at the port of the same number.
func TestCallOfTheRelayFails(t *testing.T) {
	each(t, func(w *world) {
		w.setPolicy(func(context.Context, relay.Question) (relay.Answer, error) {
			return relay.Answer{Target: work, User: "user", Mediate: true}, nil
		})
		w.startRelay(w.ctx)
		now, cancel := context.WithCancel(w.ctx)
		cancel()
		if _, err := w.relay.Call(now, vault, "user", "test.Say", "hub"); err == nil {
			w.Error("an agent that is away was called")
		}
		w.startAgent(w.ctx, work)
		w.startAgent(w.ctx, vault)
		if code, err := w.agents[vault].Do(w.ctx, "work", "test.Say", "", qrexec.Streams{}); code != 42 || err != nil {
			w.Errorf("code %d, error %v", code, err)
		}
		w.until("the call's port is free", func() bool { return w.relay.Ports(vault) == 0 })
	})
}
