// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the tests share: a machine whose tool stack is the test. Host.

package keeper_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/directory/keeper"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// machine is a xenstored with domains, and a keeper in dom0.
type machine struct {
	t      testing.TB
	daemon *xenstored.Daemon
	*keeper.Keeper
}

func newMachine(t testing.TB) *machine {
	m := &machine{t: t, daemon: xenstored.New()}
	m.Keeper = &keeper.Keeper{Store: m.connect(0), Random: rand.Reader}
	return m
}

// connect returns a domain's own xenstore.
func (m *machine) connect(id abi.Domid_t) *store.Client {
	c := store.New(m.daemon.Connect(id), store.Options{})
	m.t.Cleanup(func() { c.Close() })
	return c
}

// within returns a context that ends the test's patience.
func (m *machine) within() context.Context {
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	m.t.Cleanup(cancel)
	return ctx
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// create makes a domain as a tool stack does, and returns its xenstore.
func (m *machine) create(id abi.Domid_t, name, uuid string) *store.Client {
	m.t.Helper()
	m.daemon.Introduce(id)
	m.name(id, name)
	if uuid != "" {
		m.must(m.Store.Write(m.within(), store.DomainPath(id)+"/vm", "/vm/"+uuid))
	}
	return m.connect(id)
}

// name gives a domain a name.
func (m *machine) name(id abi.Domid_t, name string) {
	m.t.Helper()
	m.must(m.Store.Write(m.within(), store.DomainPath(id)+"/name", name))
}

// attach attaches two domains by their names.
func (m *machine) attach(client, service string) {
	m.t.Helper()
	m.must(m.Attach(m.within(), keeper.Wish{Client: client, Service: service, As: service}))
	m.reconcile()
}

// reconcile returns what changed.
func (m *machine) reconcile() []string {
	m.t.Helper()
	r, err := m.Reconcile(m.within())
	m.must(err)
	return r.Changes
}

// open returns the directory of a service's domain.
func (m *machine) open(s *store.Client) *directory.Directory {
	m.t.Helper()
	d, err := directory.Open(m.within(), s)
	m.must(err)
	return d
}

// known has the machine's owner say things of domains.
func (m *machine) known(text string) {
	m.t.Helper()
	d, err := policy.ParseDomains("domains", text)
	m.must(err)
	m.Known = d
}

// identify returns who a domain is for a service, nil for a stranger.
func (m *machine) identify(d *directory.Directory, id abi.Domid_t) *directory.Client {
	m.t.Helper()
	c, err := d.Identify(m.within(), id)
	if err != nil && !errors.Is(err, directory.ErrNotAttached) {
		m.t.Fatal(err)
	}
	return c
}

// find returns where a service is for a client, the zero Server for nowhere.
func (m *machine) find(c *store.Client, service string) directory.Server {
	m.t.Helper()
	s, err := directory.FindService(m.within(), c, service)
	if err != nil && !errors.Is(err, directory.ErrNotAttached) {
		m.t.Fatal(err)
	}
	return s
}

// UUIDs for domains.
const (
	uuidA = "6f3c1c0e-2a0f-4d7a-9b6e-0d1f2a3b4c5a"
	uuidB = "6f3c1c0e-2a0f-4d7a-9b6e-0d1f2a3b4c5b"
)

// wish is one under the service's own name.
func wish(client, service string) keeper.Wish {
	return keeper.Wish{Client: client, Service: service, As: service}
}
