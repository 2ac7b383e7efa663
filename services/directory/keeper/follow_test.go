// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Following: what a service and a client hear of, and when. Host.

package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/xen/abi"
)

// follower is a loop over changes, taken step by step.
type follower struct {
	*machine
	next func() (directory.Change, error, bool)
}

func (m *machine) follow(d *directory.Directory) *follower {
	next, stop := iter.Pull2(d.Follow(m.within()))
	m.t.Cleanup(stop)
	return &follower{m, next}
}

// expect takes the next change.
func (f *follower) expect(want string) *directory.Client {
	f.t.Helper()
	c, err, _ := f.next()
	f.must(err)
	verb := map[bool]string{false: "is", true: "left"}[c.Left]
	if got := fmt.Sprintf("%d %s %v", c.ID, verb, &c.Domain); got != want {
		f.t.Fatalf("%s, want %s", got, want)
	}
	return c.Client
}

func TestFollow(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	m.create(5, "work", "")
	m.create(6, "mail", "")
	m.attach("work", "clip")
	d := m.open(clip)
	f := m.follow(d)
	first := f.expect("5 is work")
	m.attach("mail", "clip")
	f.expect("6 is mail")
	m.known("work tags=a")
	m.reconcile()
	if now := f.expect("5 is work tags=a"); !now.Is(first) {
		t.Error("another tag is another client")
	}
	m.must(m.Detach(m.within(), "mail", "clip"))
	m.reconcile()
	f.expect("6 left mail")
	m.daemon.Release(5)
	m.create(5, "work", "")
	m.reconcile()
	f.expect("5 left work tags=a")
	if now := f.expect("5 is work tags=a"); now.Is(first) || d.Find("work") != now {
		t.Error("the next domain of that number is the one before")
	}
	m.daemon.Release(5)
	m.daemon.Release(6)
	m.create(5, "mail", "")
	m.attach("mail", "clip")
	f.expect("5 left work tags=a")
	f.expect("5 is mail")
	if d.Find("work") != nil || d.Find("mail").ID != 5 || len(d.Clients()) != 1 {
		t.Errorf("%v", d.Clients())
	}
}

// Two hundred clients take one watch, and none is missed, however late the service
// reads.
func TestFollowMany(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	d := m.open(clip)
	f := m.follow(d)
	const many = 200
	m.create(1000, "first", "")
	m.attach("first", "clip")
	f.expect("1000 is first")
	for i := range many {
		name := fmt.Sprint("vm", i)
		m.create(abi.Domid_t(10+i), name, "")
		m.must(m.Attach(m.within(), wish(name, "clip")))
	}
	m.reconcile()
	for len(d.Clients()) < many+1 {
		if c, err, _ := f.next(); err != nil || c.Left {
			t.Fatal(c, err)
		}
	}
	if watches, open := m.daemon.Held(3); watches != 1 || open != 0 {
		t.Errorf("%d watches, %d transactions", watches, open)
	}
	for i := range many {
		if d.Find(fmt.Sprint("vm", i)) == nil {
			t.Fatalf("vm%d is missing", i)
		}
	}
}

// The loop ends with its context, and when it is left, and leaves no watch.
func TestFollowEnds(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	m.create(5, "work", "")
	m.attach("work", "clip")
	d := m.open(clip)
	ctx, cancel := context.WithCancel(m.within())
	defer cancel()
	n := 0
	for _, err := range d.Follow(ctx) {
		if n++; n == 1 {
			cancel()
		} else if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	m.create(6, "mail", "")
	m.attach("mail", "clip")
	for c, err := range d.Follow(m.within()) {
		if err != nil || c.ID != 6 {
			t.Errorf("a client that was known came once more: %v, %v", c, err)
		}
		break
	}
}

// An entry that cannot be read is nobody's, and holds up no others.
func TestGarbledEntries(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	m.create(5, "work", "")
	m.attach("work", "clip")
	for name, value := range map[string]string{"7": "", "8": "x y", "9": "0123456789abcdef0123456789abcdef wo/rk", "10": "0123456789abcdef0123456789abcdef work colour=red", "nobody": "x", "99999": "x"} {
		m.must(m.Store.Write(m.within(), directory.ClientsPath(3)+"/"+name, value))
	}
	d := m.open(clip)
	f := m.follow(d)
	f.expect("5 is work")
	for _, id := range []abi.Domid_t{7, 8, 9, 10} {
		if m.identify(d, id) != nil {
			t.Errorf("domain %d is somebody", id)
		}
	}
	m.reconcile()
	if names, err := clip.List(m.within(), "domlet/clients"); err != nil || len(names) != 3 {
		t.Errorf("the keeper left %v, %v", names, err)
	}
}

// A client waits for its service, and for the next when that one is gone.
func TestAwaitService(t *testing.T) {
	m := newMachine(t)
	work := m.create(5, "work", "")
	m.attach("work", "clip")
	var server directory.Server
	for id := abi.Domid_t(20); id < 23; id++ {
		found := make(chan directory.Server)
		go func() {
			s, err := directory.AwaitService(m.within(), work, "clip", server)
			if err != nil {
				t.Error(err)
			}
			found <- s
		}()
		m.create(id, "clip", "")
		m.reconcile()
		if server = <-found; server.ID != id {
			t.Fatalf("%+v, want domain %d", server, id)
		}
		m.daemon.Release(id)
		m.reconcile()
	}
	ctx, cancel := context.WithCancel(m.within())
	cancel()
	if _, err := directory.AwaitService(ctx, work, "clip", server); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
