// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// All slices of a service. Any goroutine.

package slice

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/pages"
	"github.com/domlet/domlet/xen/platform"
)

// Budget bounds what one slice may use. What goes beyond is refused.
type Budget struct {
	Bytes       int           // held at once: blocks, queue entries, pages shared with the peer
	Connections int           // open at once
	Ports       int           // event channels open at once
	Goroutines  int           // at once
	Rate, Burst int           // messages a second, and at once
	Refusals    int           // messages refused in a row before the slice ends: it is a flood
	Handler     time.Duration // for one handler; beyond it the slice ends
	Grace       time.Duration // for goroutines after the end; beyond it the slice is in quarantine
}

// Options are what the slices of a service have in common.
type Options struct {
	Platform *platform.Platform // the domain's
	Pages    pages.Source
	Budget   Budget
	Log      func(line string) // gets whole lines, from any goroutine
	// Quarantine is how many slices may be in quarantine. One more, and Fatal is called, once, with a line that says so: memory
	// and goroutines that do not come back add up, and a domain that starts anew is better than one that stands still.
	Quarantine int
	Fatal      func(line string)
}

// Set is the slices of one service.
type Set struct {
	o     Options
	clock clock.Clock

	mu       sync.Mutex
	slices   map[*Slice]bool // attached, ending, or in quarantine
	isolated int             // in quarantine
	fatal    bool
}

// New returns a set without slices.
func New(o Options) *Set { return &Set{o: o, clock: o.Platform.Clock, slices: map[*Slice]bool{}} }

// Open makes the slice of a peer. The name is for logs and status. over, if not nil, is called with the reason when the slice has
// ended and all that it held was given back, on a goroutine of its own, which no slice contains.
func (t *Set) Open(name string, over func(why error)) *Slice {
	s := newSlice(t, name)
	s.over = over
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slices[s] = true
	return s
}

// remove forgets a slice that has nothing left.
func (t *Set) remove(s *Slice, isolated bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.slices, s)
	if isolated {
		t.isolated--
	}
}

// isolate counts a slice whose goroutines do not return.
func (t *Set) isolate(s *Slice) {
	t.mu.Lock()
	t.isolated++
	over := t.isolated > t.o.Quarantine && !t.fatal
	t.fatal = t.fatal || over
	n := t.isolated
	t.mu.Unlock()
	if over {
		t.o.Fatal(fmt.Sprintf("slice: %d slices are in quarantine, the last is %s, and %d may be: their handlers do not return; the domain ends",
			n, s.name, t.o.Quarantine))
	}
}

// Status is a slice, or all of them together, at one moment.
type Status struct {
	Name        string
	State       string // "open", "ending" or "quarantine"
	Bytes       int    // held
	Connections int
	Ports       int
	Goroutines  int
	Messages    uint64 // within the rate
	Refused     uint64 // beyond some budget
}

// Status lists the slices in the order of their names.
func (t *Set) Status() []Status {
	t.mu.Lock()
	var all []*Slice
	for s := range t.slices {
		all = append(all, s)
	}
	t.mu.Unlock()
	var list []Status
	for _, s := range all {
		list = append(list, s.Status())
	}
	slices.SortFunc(list, func(a, b Status) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Quarantined returns how many slices are in quarantine.
func (t *Set) Quarantined() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.isolated
}
