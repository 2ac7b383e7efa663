// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The daemon: domains that come and go, and what tests may change. Host; any
// goroutine.

package xenstored

import (
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/domlet/domlet/xen/abi"
)

// Quotas are the limits for a domain other than 0.
type Quotas struct {
	Nodes        int // owned by the domain
	NodeSize     int // bytes of one node: value, names of children, permissions
	Watches      int
	Transactions int // open at once
	Permissions  int // of one node
}

// DefaultQuotas are the limits of a xenstored that was started without options.
var DefaultQuotas = Quotas{Nodes: 1000, NodeSize: 2048, Watches: 128, Transactions: 10, Permissions: 5}

// Daemon is one xenstored.
type Daemon struct {
	mu         sync.Mutex // covers everything below, and all connections
	quotas     Quotas
	root       *node
	generation uint64
	lastTx     uint32
	stopped    bool
	conns      []*conn
	introduced []abi.Domid_t
	served     int
	takes      time.Duration
	given      map[string]int // how many nodes an owner was ever given: it owns no more, and is counted beyond its quota only
}

// New returns a daemon with an empty tree, in which dom0 is introduced.
func New() *Daemon {
	d := &Daemon{quotas: DefaultQuotas, root: &node{perms: []string{"n0"}}, given: map[string]int{}}
	d.Introduce(0)
	return d
}

// Served returns how many requests there were so far, of all domains.
func (d *Daemon) Served() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.served
}

// SetPace has each message take some time on its way here, while others are served.
func (d *Daemon) SetPace(takes time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.takes = takes
}

func (d *Daemon) pace() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.takes
}

// SetQuotas changes the limits from now on.
func (d *Daemon) SetQuotas(q Quotas) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.quotas = q
}

// Stop has the daemon serve no requests until Continue.
func (d *Daemon) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = true
}

// Continue has a stopped daemon serve what has been asked meanwhile.
func (d *Daemon) Continue() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stopped = false
	for _, c := range slices.Clone(d.conns) {
		c.serve()
	}
}

// Introduce makes the nodes that a toolstack makes for a new domain, of which
// data belongs to the domain, and fires @introduceDomain.
func (d *Daemon) Introduce(id abi.Domid_t) {
	d.mu.Lock()
	defer d.mu.Unlock()
	number := strconv.Itoa(int(id))
	home := homeOf(id)
	readable := []string{"n0", "r" + number}
	for _, n := range []change{
		{abi.XS_MKDIR, home, "", nil}, {abi.XS_SET_PERMS, home, "", readable},
		{abi.XS_WRITE, home + "/domid", number, nil}, {abi.XS_SET_PERMS, home + "/domid", "", readable},
		{abi.XS_MKDIR, home + "/data", "", nil}, {abi.XS_SET_PERMS, home + "/data", "", []string{"n" + number}},
	} {
		d.change(&view{root: &d.root}, 0, n)
	}
	d.introduced = append(d.introduced, id)
	d.fire("@introduceDomain", false)
}

// Retract makes a domain one that the toolstack still builds: its nodes are there,
// and it is not introduced.
func (d *Daemon) Retract(id abi.Domid_t) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.introduced = without(d.introduced, id)
}

// without returns the others of some domains.
func without(ids []abi.Domid_t, id abi.Domid_t) []abi.Domid_t {
	return slices.DeleteFunc(ids, func(i abi.Domid_t) bool { return i == id })
}

// Release ends a domain: its connections, its nodes below /local/domain, and
// its name among the introduced. @releaseDomain fires.
func (d *Daemon) Release(id abi.Domid_t) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range slices.Clone(d.conns) {
		if c.id == id {
			c.end()
		}
	}
	d.introduced = without(d.introduced, id)
	d.change(&view{root: &d.root}, 0, change{kind: abi.XS_RM, path: homeOf(id)})
	d.fire("@releaseDomain", false)
}

// Fire fires a special event: @releaseDomain when a domain has shut down and
// still exists, say.
func (d *Daemon) Fire(special string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fire(special, false)
}

// Connect returns a new connection of a domain's.
func (d *Daemon) Connect(id abi.Domid_t) io.ReadWriteCloser {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &conn{d: d, id: id, transactions: map[uint32]*view{}}
	c.readable.L = &d.mu
	d.conns = append(d.conns, c)
	return c
}

// Held counts what the connections of a domain hold.
func (d *Daemon) Held(id abi.Domid_t) (watches, transactions int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.conns {
		if c.id == id {
			watches += len(c.watches)
			transactions += len(c.transactions)
		}
	}
	return watches, transactions
}

func homeOf(id abi.Domid_t) string { return "/local/domain/" + strconv.Itoa(int(id)) }
