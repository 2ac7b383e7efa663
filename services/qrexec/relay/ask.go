// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Asking somebody, by the service policy.Ask of a domain: JSON there, "allow:TARGET" or "deny" back. Any goroutine.

package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
)

// AskService is the service that asks (doc/qrexec-policy-agent.md of qubes-core-qrexec).
const AskService = "policy.Ask"

// maxAnswer is how many bytes an answer has at most.
const maxAnswer = 200

// Asker has a domain ask whoever sits before it.
type Asker struct {
	Relay     *Relay
	Directory *directory.Directory
	Domain    string        // whose policy.Ask it is
	User      string        // as whom it runs
	Time      time.Duration // for an answer; none in time is no
}

// errUnanswered says that the time is over.
var errUnanswered = errors.New("no answer in time")

// query is what is asked.
type query struct {
	Source   string            `json:"source"`
	Service  string            `json:"service"`
	Argument string            `json:"argument"`
	Targets  []string          `json:"targets"`
	Default  string            `json:"default_target"`
	Icons    map[string]string `json:"icons"`
}

// Ask asks for one of a decision's targets; empty is no. It is a Rules' Ask.
func (a *Asker) Ask(ctx context.Context, q Question, d policy.Decision) (string, error) {
	c := a.Directory.Find(a.Domain)
	if c == nil {
		return "", fmt.Errorf("%q, which would ask, is not attached", a.Domain)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	t := a.Relay.clock().AfterFunc(a.Time, func() { cancel(errUnanswered) })
	defer cancel(nil)
	defer t.Stop()
	call, err := a.Relay.Call(ctx, c.ID, a.User, AskService, "@adminvm")
	if err != nil {
		return "", err
	}
	defer call.Close()
	icons := map[string]string{}
	for _, name := range append([]string{q.Source.Name}, d.Targets...) {
		icons[name] = ""
	}
	// A domain that does not read says so by its answer, or by none.
	json.NewEncoder(call).Encode(query{q.Source.Name, q.Service, q.Argument, d.Targets, d.Default, icons})
	call.CloseWrite()
	return read(call, call.Wait)
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
