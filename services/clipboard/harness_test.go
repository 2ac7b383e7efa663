// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A clipboard and its clients in memory. Host.

package clipboard

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/vchan"
	"github.com/domlet/domlet/xen/xentest"
)

// self is the number of the clipboard's domain.
const self = 1

// world is a clipboard domain on a host in memory.
type world struct {
	*Clipboard
	t      testing.TB
	host   *xentest.Host
	domain *xentest.Domain
	pages  *xentest.Pages
	set    *slice.Set
	server *Server

	decide func(ctx context.Context, service string, source, target *directory.Client) Verdict

	mu       sync.Mutex
	log      []string
	events   []Event
	fatal    []string
	attached map[abi.Domid_t]*directory.Client
	last     int
}

// in runs a test in a bubble of time, and wants nothing to be left at the end.
func in(t *testing.T, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Budget)
		f(w)
		w.nothingLeft()
	})
}

// newWorld makes a clipboard whose policy lets everything be pasted once.
func newWorld(t testing.TB, b slice.Budget) *world {
	w := &world{t: t, host: xentest.New(t, 1), pages: xentest.NewPages(t, 8192), attached: map[abi.Domid_t]*directory.Client{}}
	w.domain = w.host.Domain(self)
	p := w.domain.Platform()
	w.decide = func(_ context.Context, service string, _, _ *directory.Client) Verdict {
		return Verdict{service == PasteService, "test:1"}
	}
	w.set = slice.New(slice.Options{Platform: p, Pages: w.pages, Budget: b, Quarantine: 2,
		Log: w.line(&w.log), Fatal: w.line(&w.fatal)})
	w.Clipboard = New(Options{Clock: p.Clock, Policy: w, Audit: w.audit, Limits: map[string]int{"large": 1 << 30, "small": 100}})
	w.server = NewServer(w.Clipboard, w.set, p.Clock, w.identify)
	return w
}

// Decide is the world's policy, which a test replaces.
func (w *world) Decide(ctx context.Context, service string, source, target *directory.Client) Verdict {
	return w.decide(ctx, service, source, target)
}

func (w *world) line(to *[]string) func(string) {
	return func(l string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		*to = append(*to, l)
	}
}

func (w *world) audit(e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

func (w *world) identify(_ context.Context, id abi.Domid_t) (*directory.Client, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.attached[id]; c != nil {
		return c, nil
	}
	return nil, directory.ErrNotAttached
}

// attach attaches a domain under a name, as dom0 does.
func (w *world) attach(id abi.Domid_t, name string) *directory.Client {
	w.mu.Lock()
	w.last++
	c := &directory.Client{ID: id, Attachment: fmt.Sprint("attachment-", w.last), Domain: policy.Domain{Name: name}}
	w.attached[id] = c
	w.mu.Unlock()
	return c
}

// client is a client with a slice, without a connection.
func (w *world) client(id abi.Domid_t, name string) Client {
	return Client{w.attach(id, name), w.set.Open(name, nil)}
}

// serve attaches a domain and serves it.
func (w *world) serve(id abi.Domid_t, name string) *peer {
	w.server.Attach(w.attach(id, name))
	return &peer{w: w, d: w.host.Domain(id)}
}

// peer is a client's domain.
type peer struct {
	w *world
	d *xentest.Domain
}

// dial connects to the clipboard's domain.
func (p *peer) dial() *vchan.Conn {
	p.w.t.Helper()
	c, err := vchan.Dial(context.Background(), p.d.Platform(), self, vchan.Path(p.d.ID(), Port))
	if err != nil {
		p.w.t.Fatal(err)
	}
	return c
}

// do runs f over a connection of its own.
func (p *peer) do(f func(c *Conn)) {
	p.w.t.Helper()
	c := p.dial()
	defer c.Close()
	f(NewConn(c))
}

// copied has a client without a connection copy something.
func (w *world) copied(who Client, m Meta, text string) uint64 {
	w.t.Helper()
	number, err := w.copy(who, m, text)
	if err != nil {
		w.t.Fatalf("copy: %v", err)
	}
	return number
}

func (w *world) copy(who Client, m Meta, text string) (uint64, error) {
	k, err := w.Begin(who, m, len(text))
	if err != nil {
		return 0, err
	}
	copy(k.Bytes(), text)
	return k.Commit(len(text))
}

// pasted has a client without a connection paste.
func (w *world) pasted(who Client) (string, error) {
	p, err := w.Paste(context.Background(), who)
	if err != nil {
		return "", err
	}
	defer p.Done()
	return string(p.Bytes()), nil
}

// wants wants a client to paste exactly this.
func (w *world) wants(who Client, text string) {
	w.t.Helper()
	if got, err := w.pasted(who); err != nil || got != text {
		w.t.Errorf("pasted %.40q, %v; want %.40q", got, err, text)
	}
}

// lastEvent returns the latest event of the trail as text.
func (w *world) lastEvent() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events) == 0 {
		return ""
	}
	return w.events[len(w.events)-1].String()
}

// said reports whether the log has a line with that text.
func (w *world) said(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(strings.Join(w.log, "\n"), text)
}

// traces counts a text in all pages there ever were, and wants none of it in the log or the trail.
func (w *world) traces(text string) int {
	w.t.Helper()
	w.mu.Lock()
	for _, e := range w.events {
		if strings.Contains(e.String(), text) {
			w.t.Errorf("the trail has contents: %s", e)
		}
	}
	for _, l := range w.log {
		if strings.Contains(l, text) {
			w.t.Errorf("the log has contents: %s", l)
		}
	}
	w.mu.Unlock()
	return w.pages.Count([]byte(text))
}

// text is letters, one after the other.
func text(n int) string {
	return string(bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"), n/26+1)[:n])
}

// forget takes away what is held.
func (w *world) forget() {
	w.Clipboard.mu.Lock()
	defer w.Clipboard.mu.Unlock()
	w.replace(nil)
}

// nothingLeft ends all slices and wants the domain to hold nothing.
func (w *world) nothingLeft() {
	w.t.Helper()
	w.forget()
	for _, id := range w.server.Serving() {
		w.server.Detach(id)
	}
	time.Sleep(time.Minute) // connections of the other end are closed too; slices look at pages once a second
	if n := w.server.Serving(); len(n) > 0 {
		w.t.Errorf("%v are still served", n)
	}
	if n := w.pages.Count([]byte("abcdefghijklmnop")); n > 0 || w.account.Used() > 0 || w.lent.Used() > 0 {
		w.t.Errorf("contents are left %d times; %d and %d bytes are accounted for", n, w.account.Used(), w.lent.Used())
	}
	for _, s := range w.set.Status() {
		if s.State != "open" || s.Bytes > 0 {
			w.t.Errorf("left over: %+v", s)
		}
	}
	if len(w.fatal) > 0 {
		w.t.Errorf("%q", w.fatal)
	}
}
