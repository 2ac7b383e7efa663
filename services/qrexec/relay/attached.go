// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains that dom0 attaches to a relay: each with its agent in a slice of its own. Any goroutine.

package relay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/abi"
)

// Budget is what a relay may use for one agent: one connection, a goroutine for each request that waits, and what its calls
// that pass through need.
var Budget = slice.Budget{
	Bytes:       (16 + MaxMediated*8) * 4096,
	Connections: 1,
	Ports:       2 + MaxMediated*2,
	Goroutines:  wire.MaxCalls + 8 + MaxMediated*8,
	Rate:        1000,
	Burst:       1000,
	Refusals:    1000,
	Handler:     time.Minute,
	Grace:       10 * time.Second,
}

// errDetached is why a slice ends whose domain is not attached any more.
var errDetached = errors.New("the domain is not attached any more")

// Attached attends the agents of attached domains. One that breaks the protocol is left alone until it is attached anew.
type Attached struct {
	relay *Relay
	set   *slice.Set

	mu    sync.Mutex // covers what follows
	seats map[abi.Domid_t]*seat
}

// seat is the place of a domain's number.
type seat struct {
	wanted *directory.Client // who is to be attended; nil: nobody
	served *directory.Client // whose the slice is, or was
	slice  *slice.Slice      // nil: none
}

// NewAttached returns a relay's attached domains, of which there are none yet.
func NewAttached(r *Relay, set *slice.Set) *Attached {
	return &Attached{relay: r, set: set, seats: map[abi.Domid_t]*seat{}}
}

// Change is what a directory's Follow says.
func (t *Attached) Change(ch directory.Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.seats[ch.ID]
	if at == nil {
		at = &seat{}
		t.seats[ch.ID] = at
	}
	if at.wanted = ch.Client; ch.Left {
		at.wanted = nil
	}
	t.arrange(ch.ID, at)
}

// arrange makes a seat what is wanted. The slice of a domain that had the number before ends first. mu is held.
func (t *Attached) arrange(id abi.Domid_t, at *seat) {
	same := at.wanted.Is(at.served) && at.wanted.Domain.Name == at.served.Domain.Name
	switch {
	case at.slice != nil && !same:
		at.slice.End(errDetached)
	case at.slice != nil:
	case at.wanted == nil:
		delete(t.seats, id)
	case !same:
		t.open(id, at)
	}
}

// open begins a slice. mu is held.
func (t *Attached) open(id abi.Domid_t, at *seat) {
	c := at.wanted
	s := t.set.Open(fmt.Sprintf("%d/%s", id, c.Domain.Name), func(error) { t.over(id) })
	at.slice, at.served = s, c
	by := Means{&byvchan.Transport{Platform: s.Platform()}, s.Spawn}
	err := s.Go("attend", func(ctx context.Context) {
		s.End(t.relay.AttendBy(ctx, Peer{ID: id, Name: c.Domain.Name}, by))
	})
	if err != nil {
		s.End(err)
	}
}

// over is called when nothing of a slice is left.
func (t *Attached) over(id abi.Domid_t) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.seats[id]
	at.slice = nil
	t.arrange(id, at)
}
