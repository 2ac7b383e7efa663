// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A relay and three domains, over Unix sockets and over vchans in memory. Host.

package qrexec_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/bysocket"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/xentest"
)

// patience is how long anything may take that should happen.
const patience = 2 * time.Minute

// The domains of a world.
const (
	hub abi.Domid_t = iota // the relay
	work
	vault
)

// names are what the policy of a world knows.
var names = map[string]abi.Domid_t{"work": work, "vault": vault}

// world is a relay and agents.
type world struct {
	testing.TB
	host      *xentest.Host // nil over sockets
	transport func(abi.Domid_t) qrexec.Transport
	ctx       context.Context
	running   atomic.Int64 // goroutines that were started and have not ended
	relay     *relay.Relay
	version   uint32
	serving   int
	agents    map[abi.Domid_t]*qrexec.Agent
	mux       *qrexec.Mux
	mu        sync.Mutex // covers what follows
	decide    policy
	logged    strings.Builder
}

// policy is what a relay asks.
type policy func(context.Context, relay.Question) (relay.Answer, error)

// byName lets everybody call whom it names.
func byName(_ context.Context, q relay.Question) (relay.Answer, error) {
	if id, ok := names[q.Target]; ok {
		return relay.Answer{Target: id, User: "user"}, nil
	}
	return relay.Answer{}, relay.ErrRefused
}

// ask asks the policy that holds now.
func (w *world) ask(ctx context.Context, q relay.Question) (relay.Answer, error) {
	w.mu.Lock()
	p := w.decide
	w.mu.Unlock()
	return p(ctx, q)
}

// setPolicy changes the policy, also while requests are decided.
func (w *world) setPolicy(p policy) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.decide = p
}

// over are the ways to connect domains.
var over = map[string]func(*world){
	"sockets": func(w *world) {
		dir := w.TempDir()
		w.transport = func(id abi.Domid_t) qrexec.Transport { return &bysocket.Transport{Dir: dir, Domain: id, Go: w.start} }
	},
	"vchan": func(w *world) {
		w.host = xentest.New(w, uint64(time.Now().UnixNano()))
		for id := hub; id <= vault; id++ {
			w.host.Domain(id)
		}
		w.transport = func(id abi.Domid_t) qrexec.Transport {
			return &byvchan.Transport{Platform: w.host.Domain(id).Platform()}
		}
	},
}

// each runs a test in a world of each kind.
func each(t *testing.T, f func(w *world)) {
	for name := range over {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(newWorld(t, name, 0))
		})
	}
}

// newWorld makes a world whose agents speak a version.
func newWorld(t testing.TB, kind string, version uint32) *world {
	w := &world{TB: t, version: version, mux: qrexec.NewMux(), agents: map[abi.Domid_t]*qrexec.Agent{}}
	w.decide = byName
	over[kind](w)
	w.services()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w.ctx = ctx
	t.Cleanup(func() { w.end(cancel) })
	return w
}

// end ends everything, and wants no goroutine left.
func (w *world) end(cancel func()) {
	cancel()
	for deadline := time.Now().Add(patience); w.running.Load() > 0 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if n := w.running.Load(); n > 0 {
		w.Errorf("%d goroutines are left", n)
	}
	if w.Failed() {
		w.Log(w.log())
	}
}

// start starts a goroutine and counts it.
func (w *world) start(f func()) {
	w.running.Add(1)
	go func() {
		defer w.running.Add(-1)
		f()
	}()
}

func (w *world) logf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(&w.logged, format+"\n", args...)
}

func (w *world) log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logged.String()
}

// up starts the relay and the agents.
func (w *world) up() *world {
	w.startRelay(w.ctx)
	for _, id := range names {
		w.startAgent(w.ctx, id)
	}
	return w
}

// startRelay starts a relay that attends all domains.
func (w *world) startRelay(ctx context.Context) {
	w.relay = &relay.Relay{Transport: w.transport(hub), Decide: w.ask, Go: w.start, Logf: w.logf}
	for name, id := range names {
		w.start(func() {
			if err := w.relay.Attend(ctx, relay.Peer{ID: id, Name: name}); ctx.Err() == nil {
				w.logf("attend: %v", err)
			}
		})
	}
	w.until("all are attended", func() bool { return len(w.relay.Peers()) == len(names) })
}

func (w *world) startAgent(ctx context.Context, id abi.Domid_t) {
	a := &qrexec.Agent{Transport: w.transport(id), Daemon: hub, Handler: w.mux, Go: w.start, Logf: w.logf, Version: w.version, MaxServed: w.serving}
	w.agents[id] = a
	w.start(func() { a.Run(ctx) })
}

// services are what every domain of a world serves.
func (w *world) services() {
	w.mux.HandleFunc("test.Echo", func(ctx context.Context, r *qrexec.Request) int {
		if _, err := io.Copy(r.Stdout, r.Stdin); err != nil {
			return 1
		}
		return 0
	})
	w.mux.HandleFunc("test.Say", func(ctx context.Context, r *qrexec.Request) int {
		fmt.Fprintf(r.Stdout, "%s of %s for %s as %s", r.Argument, r.Service, r.Source, r.User)
		fmt.Fprint(r.Stderr, "a remark")
		return 42
	})
	w.mux.HandleFunc("test.Panic", func(ctx context.Context, r *qrexec.Request) int { panic("on purpose") })
}

// call makes a call from work to vault and wants it to be made.
func (w *world) call(service, argument string) *qrexec.Call {
	w.Helper()
	c, err := w.agents[work].Call(w.ctx, "vault", service, argument)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// do makes a call with input and returns what came of it.
func (w *world) do(service, argument, input string) (code int, out, errs string, err error) {
	var o, e strings.Builder
	code, err = w.agents[work].Do(w.ctx, "vault", service, argument, qrexec.Streams{Stdin: strings.NewReader(input), Stdout: &o, Stderr: &e})
	return code, o.String(), e.String(), err
}

// until waits for something to come true.
func (w *world) until(what string, f func() bool) {
	w.Helper()
	for deadline := time.Now().Add(patience); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("waited in vain until %s", what)
		}
	}
}

// errEnd is a cause that tests end contexts with.
var errEnd = errors.New("the test says so")
