// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Numbers and names that are used again inherit nothing. Host.

package keeper_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/directory/keeper"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// A client is destroyed and its number is another domain's: at once, while nobody
// keeps anything up to date, that one is a stranger. When the keeper has been by, it
// is one too, or, if it has the name of a wish, a client that is not the one before.
func TestClientsNumberAgain(t *testing.T) {
	for name, again := range map[string]struct {
		name, uuid string
		attached   bool // after the keeper has been by
	}{
		"another name":              {"evil", uuidB, false},
		"another name, same UUID":   {"evil", uuidA, false},
		"same name, another UUID":   {"work", uuidB, true},
		"the same domain once more": {"work", uuidA, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			clip := m.create(3, "clip", "")
			m.create(5, "work", uuidA)
			m.known("work uuid=" + uuidA + " tags=trusted")
			m.attach("work", "clip")
			d := m.open(clip)
			before := m.identify(d, 5)
			m.daemon.Release(5)
			if m.identify(d, 5) != nil {
				t.Error("known after it was destroyed")
			}
			next := m.create(5, again.name, again.uuid)
			if m.identify(d, 5) != nil || m.find(next, "clip") != (directory.Server{}) {
				t.Error("the next domain with its number inherited the attachment")
			}
			m.reconcile()
			after := m.identify(d, 5)
			if (after != nil) != again.attached || after.Is(before) {
				t.Errorf("%+v", after)
			}
			if after != nil && after.Domain.HasTag("trusted") != (again.uuid == uuidA) {
				t.Errorf("with UUID %s it has the tags %v", again.uuid, after.Domain.Tags)
			}
		})
	}
}

// The same for the service's domain: its clients do not find whoever has its number.
func TestServicesNumberAgain(t *testing.T) {
	m := newMachine(t)
	m.create(3, "clip", uuidA)
	work := m.create(5, "work", "")
	m.attach("work", "clip")
	before := m.find(work, "clip")
	m.daemon.Release(3)
	if m.find(work, "clip") != (directory.Server{}) {
		t.Error("found after it was destroyed")
	}
	evil := m.create(3, "evil", uuidB)
	if m.find(work, "clip") != (directory.Server{}) || m.identify(m.open(evil), 5) != nil {
		t.Error("the next domain with its number inherited the client")
	}
	m.reconcile()
	if m.find(work, "clip") != (directory.Server{}) || m.identify(m.open(evil), 5) != nil {
		t.Error("so it did when the keeper had been by")
	}
	m.create(4, "clip", uuidA)
	m.reconcile()
	if after := m.find(work, "clip"); after.ID != 4 || after == before {
		t.Errorf("%v, then %v", before, after)
	}
}

// A tool stack that dies before it has removed a domain's nodes leaves them; it
// removes them when it makes the next domain of that number. Meanwhile the keeper
// does not believe them, as Xen does not have the domain.
func TestNodesLeftBehind(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	m.create(5, "work", uuidA)
	m.attach("work", "clip")
	left, err := m.Store.Read(m.within(), directory.Entry(directory.ServicesPath(5), 3))
	m.must(err)
	m.daemon.Release(5)
	m.must(m.Store.Write(m.within(), directory.Entry(directory.ServicesPath(5), 3), left))
	m.must(m.Store.Write(m.within(), store.DomainPath(5)+"/name", "work"))
	m.reconcile()
	if m.identify(m.open(clip), 5) != nil {
		t.Error("attached to a domain that there is not")
	}
	if names, err := clip.List(m.within(), "domlet/clients"); err != nil || len(names) != 0 {
		t.Error(names, err)
	}
}

// life is one domain, from its creation to its end.
type life struct {
	id     abi.Domid_t
	name   string
	serial int
}

// chance is a machine on which anything happens in any order. It remembers which
// lives the keeper may have attached to each other.
type chance struct {
	*machine
	random  *rand.Rand
	lives   map[abi.Domid_t]life
	stores  map[abi.Domid_t]*store.Client
	serial  int
	wished  map[[2]string]bool
	allowed map[[2]int]bool
}

// names are few, so that they come again.
var names = []string{"a", "b", "c", "d"}

// step does something.
func (c *chance) step() {
	id := abi.Domid_t(1 + c.random.IntN(4))
	name := names[c.random.IntN(len(names))]
	other := names[c.random.IntN(len(names))]
	now, there := c.lives[id]
	switch c.random.IntN(6) {
	case 0, 1:
		if !there {
			c.serial++
			c.stores[id] = c.create(id, name, fmt.Sprintf("%s%012d", uuidA[:24], c.serial))
			c.lives[id] = life{id, name, c.serial}
		}
	case 2:
		if there {
			c.daemon.Release(id)
			delete(c.lives, id)
		}
	case 3:
		if there {
			c.name(id, name)
			c.lives[id] = life{id, name, now.serial}
		}
	case 4:
		if name != other && c.Attach(c.within(), keeper.Wish{Client: name, Service: other, As: other}) == nil {
			c.wished[[2]string{name, other}] = true
		}
	case 5:
		if c.Detach(c.within(), name, other) == nil {
			delete(c.wished, [2]string{name, other})
		}
	}
}

// named returns the life that alone has a name.
func (c *chance) named(name string) (life, bool) {
	var found []life
	for _, l := range c.lives {
		if l.name == name {
			found = append(found, l)
		}
	}
	if len(found) != 1 {
		return life{}, false
	}
	return found[0], true
}

// settle has the keeper come by: from now on just these pairs may be attached.
func (c *chance) settle() {
	c.reconcile()
	c.allowed = map[[2]int]bool{}
	for wish := range c.wished {
		client, ok := c.named(wish[0])
		service, also := c.named(wish[1])
		if ok && also {
			c.allowed[[2]int{client.serial, service.serial}] = true
		}
	}
}

// check compares who knows whom with who may.
func (c *chance) check(exactly bool) {
	for _, service := range c.lives {
		d := c.open(c.stores[service.id])
		for _, client := range c.lives {
			may := c.allowed[[2]int{client.serial, service.serial}]
			known := c.identify(d, client.id) != nil
			if known && !may || exactly && known != may {
				c.t.Errorf("domain %+v knows %+v: %v, may: %v", service, client, known, may)
			}
		}
	}
}

func TestAnythingHappens(t *testing.T) {
	seed := rand.Uint64()
	for round := range 20 {
		c := &chance{machine: newMachine(t), random: rand.New(rand.NewPCG(seed, uint64(round))), lives: map[abi.Domid_t]life{},
			stores: map[abi.Domid_t]*store.Client{}, wished: map[[2]string]bool{}, allowed: map[[2]int]bool{}}
		for range 40 {
			for range 1 + c.random.IntN(4) {
				c.step()
			}
			c.check(false)
			if c.random.IntN(2) == 0 {
				c.settle()
				c.check(true)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d, round %d", seed, round)
		}
	}
}

// Two keepers at once, while domains come and go, and a third time afterwards: each
// pair is attached once and agrees.
func TestTwoKeepers(t *testing.T) {
	m := newMachine(t)
	m.create(3, "clip", "")
	for i := range 8 {
		m.must(m.Attach(m.within(), keeper.Wish{Client: fmt.Sprint("vm", i), Service: "clip", As: "clip"}))
	}
	var all sync.WaitGroup
	for range 2 {
		k := &keeper.Keeper{Store: m.connect(0), Random: m.Random}
		all.Go(func() {
			for range 30 {
				if _, err := k.Reconcile(m.within()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	stores := map[int]*store.Client{}
	for round := range 5 {
		for i := range 8 {
			id := abi.Domid_t(10 + i)
			if round > 0 {
				m.daemon.Release(id)
			}
			stores[i] = m.create(id, fmt.Sprint("vm", i), "")
		}
	}
	all.Wait()
	m.reconcile()
	clip := m.connect(3)
	d := m.open(clip)
	for i := range 8 {
		c, s := m.identify(d, abi.Domid_t(10+i)), m.find(stores[i], "clip")
		if c == nil || c.Domain.Name != fmt.Sprint("vm", i) || c.Attachment != s.Attachment {
			t.Errorf("vm%d: %+v, %+v", i, c, s)
		}
	}
	if got := m.reconcile(); len(got) != 0 {
		t.Errorf("not at rest: %q", got)
	}
}
