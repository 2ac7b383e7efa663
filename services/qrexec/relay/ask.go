// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Asking and telling somebody, by the services policy.Ask and policy.Notify of a domain: JSON there, and "allow:TARGET" or
// "deny" back where that was asked. Any goroutine.

package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/xen/abi"
)

// Services that ask and tell (doc/qrexec-policy-agent.md of qubes-core-qrexec).
const (
	AskService    = "policy.Ask"
	NotifyService = "policy.Notify"
)

// maxTelling is how many notices are under way at once: a domain that is refused all the time does not have more shown than
// somebody can read.
const maxTelling = 4

// MaxAsking is how many calls of one domain are asked about at once: those of others are asked about too.
const MaxAsking = 16

// maxAnswer is how many bytes an answer has at most.
const maxAnswer = 200

// Asker has a domain ask whoever sits before it.
type Asker struct {
	Relay     *Relay
	Directory *directory.Directory
	Domain    string        // whose services they are
	User      string        // as whom it runs
	Time      time.Duration // for an answer; none in time is no

	telling atomic.Int64

	mu     sync.Mutex
	asking map[abi.Domid_t]int // questions under way, by who asks for a call
}

// errUnanswered says that the time is over.
var errUnanswered = errors.New("no answer in time")

// query is what is asked.
type query struct {
	Source   string            `json:"source"`
	Service  string            `json:"service"`
	Argument string            `json:"argument"` // with its plus
	Targets  []string          `json:"targets"`
	Default  string            `json:"default_target"`
	Icons    map[string]string `json:"icons"`
}

// Notice is what somebody is told of a decision.
type Notice struct {
	Resolution string `json:"resolution"` // allow or deny
	Service    string `json:"service"`
	Argument   string `json:"argument"` // with its plus
	Source     string `json:"source"`
	Target     string `json:"target"` // as the caller named it where it is refused
}

func noticeOf(q Question, d policy.Decision) Notice {
	n := Notice{"deny", q.Service, "+" + q.Argument, q.Source.Name, q.Target}
	if d.Action == policy.Allow {
		n.Resolution, n.Target = "allow", d.Target
	}
	return n
}

// call calls a service of the domain's, with what it is to read.
func (a *Asker) call(ctx context.Context, service string, what any) (*qrexec.Call, error) {
	c := a.Directory.Find(a.Domain)
	if c == nil {
		return nil, fmt.Errorf("%q, which would be asked and told, is not attached", a.Domain)
	}
	call, err := a.Relay.Call(ctx, c.ID, a.User, service, "@adminvm")
	if err != nil {
		return nil, err
	}
	// A domain that does not read says so by its answer, or by none.
	json.NewEncoder(call).Encode(what)
	call.CloseWrite()
	return call, nil
}

// timed is a context that ends when there was time enough.
func (a *Asker) timed(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := a.Relay.clock().AfterFunc(a.Time, func() { cancel(errUnanswered) })
	return ctx, func() { t.Stop(); cancel(nil) }
}

// Notify tells what became of a request, in a goroutine of the relay's. It is a Rules' Notify.
func (a *Asker) Notify(n Notice) {
	if a.telling.Add(1) > maxTelling {
		a.telling.Add(-1)
		a.Relay.logf("%s %s%s of %s: not told, %d notices are under way", n.Resolution, n.Service, n.Argument, n.Source, maxTelling)
		return
	}
	a.Relay.Go(func() {
		defer a.telling.Add(-1)
		ctx, done := a.timed(context.Background())
		defer done()
		call, err := a.call(ctx, NotifyService, n)
		if err == nil {
			_, err = call.Wait()
		}
		if err != nil {
			a.Relay.logf("%s %s%s of %s: not told: %v", n.Resolution, n.Service, n.Argument, n.Source, err)
		}
	})
}

// Ask asks for one of a decision's targets; empty is no. It is a Rules' Ask.
func (a *Asker) Ask(ctx context.Context, q Question, d policy.Decision) (string, error) {
	if !a.begin(q.Source.ID) {
		return "", fmt.Errorf("%d of its calls are asked about already", MaxAsking)
	}
	defer a.end(q.Source.ID)
	ctx, done := a.timed(ctx)
	defer done()
	icons := map[string]string{}
	for _, name := range append([]string{q.Source.Name}, d.Targets...) {
		icons[name] = ""
	}
	call, err := a.call(ctx, AskService, query{q.Source.Name, q.Service, "+" + q.Argument, d.Targets, d.Default, icons})
	if err != nil {
		return "", err
	}
	defer call.Close()
	return read(call, call.Wait)
}

// begin counts a question, unless there are as many as there may be.
func (a *Asker) begin(source abi.Domid_t) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asking[source] == MaxAsking {
		return false
	}
	if a.asking == nil {
		a.asking = map[abi.Domid_t]int{}
	}
	a.asking[source]++
	return true
}

func (a *Asker) end(source abi.Domid_t) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asking[source]--; a.asking[source] == 0 {
		delete(a.asking, source)
	}
}

// read reads an answer. A service that failed has not said yes, whatever it wrote.
func read(from io.Reader, wait func() (int, error)) (string, error) {
	b, err := io.ReadAll(io.LimitReader(from, maxAnswer+1))
	if err != nil {
		return "", err
	}
	if code, err := wait(); err != nil || code != 0 {
		return "", errors.Join(err, fmt.Errorf("%s ended with code %d", AskService, code))
	}
	answer := strings.TrimSuffix(string(b), "\n")
	if target, ok := strings.CutPrefix(answer, "allow:"); ok && len(b) <= maxAnswer {
		return target, nil
	}
	if answer != "deny" {
		err = fmt.Errorf("%s answered %.40q", AskService, answer)
	}
	return "", err
}
