// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a service gets to know and to do: requests, handlers, and which handler a service has. Any goroutine.

package qrexec

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/domlet/domlet/services/qrexec/wire"
)

// Request is a call to one of this domain's services.
type Request struct {
	Service  string // its name without argument
	Argument string // what stands after the first plus sign, if one does
	Source   string // the caller's name, as the daemon knows it
	User     string // as whom the daemon wants the service to run

	Stdin  io.Reader      // what the caller sends
	Stdout io.WriteCloser // for the caller; closed when the handler returns, if not before
	Stderr io.WriteCloser // the same

	// Abort cuts the connection to the caller, which finds the service gone: for whoever can wait for it no longer. nil: there
	// is no connection.
	Abort func()
}

// Handler serves calls.
type Handler interface {
	// ServeCall serves one call and returns the service's exit code. The context ends when the caller goes away or the agent
	// ends; the streams must not be used after ServeCall has returned.
	ServeCall(ctx context.Context, r *Request) (code int)
}

// HandlerFunc is a function that serves calls.
type HandlerFunc func(ctx context.Context, r *Request) (code int)

// ServeCall calls f.
func (f HandlerFunc) ServeCall(ctx context.Context, r *Request) int { return f(ctx, r) }

// Mux knows the handlers of services by name, with or without an argument: a handler for "a.B+c" comes before one for "a.B".
// What it does not know ends with code 127.
type Mux struct {
	mu       sync.RWMutex
	handlers map[string]Handler
}

// NewMux returns a Mux that knows no service.
func NewMux() *Mux { return &Mux{handlers: map[string]Handler{}} }

// Handle makes h serve a service. It panics if the service has a handler or can have none, as a program that does so is wrong.
func (m *Mux) Handle(service string, h Handler) {
	if err := wire.CheckService(service); err != nil {
		panic("qrexec: " + err.Error())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.handlers[service] != nil {
		panic("qrexec: " + service + " has a handler already")
	}
	m.handlers[service] = h
}

// HandleFunc makes f serve a service.
func (m *Mux) HandleFunc(service string, f func(ctx context.Context, r *Request) int) {
	m.Handle(service, HandlerFunc(f))
}

// ServeCall has the service's handler serve the call.
func (m *Mux) ServeCall(ctx context.Context, r *Request) int {
	m.mu.RLock()
	h := m.handlers[r.Service+"+"+r.Argument]
	if h == nil {
		h = m.handlers[r.Service]
	}
	m.mu.RUnlock()
	if h == nil {
		fmt.Fprintf(r.Stderr, "%s: no such service\n", r.Service)
		return wire.ExitNotFound
	}
	return h.ServeCall(ctx, r)
}

// errNoService says that a command line is none of a service.
type errNoService string

func (e errNoService) Error() string {
	return fmt.Sprintf("qrexec: the command %.80q calls no service, and other commands are not run", string(e))
}

// parseCommand takes a command line apart: USER:QUBESRPC SERVICE[+ARGUMENT] SOURCE, with "nogui:" after the user where the
// daemon wants no window, and for calls to dom0 more words at the end.
func parseCommand(line string) (*Request, error) {
	user, rest, _ := strings.Cut(line, ":")
	call, ok := strings.CutPrefix(strings.TrimPrefix(rest, "nogui:"), "QUBESRPC ")
	words := strings.Split(call, " ")
	if !ok || len(words) < 2 || wire.CheckService(words[0]) != nil || wire.CheckDomain(words[1]) != nil {
		return nil, errNoService(line)
	}
	r := &Request{User: user, Source: words[1]}
	r.Service, r.Argument, _ = strings.Cut(words[0], "+")
	return r, nil
}

// Command is the command line by which a daemon has an agent run a service, with its argument, for a source.
func Command(user, service, source string) string {
	return user + ":QUBESRPC " + service + " " + source
}
