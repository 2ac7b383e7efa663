// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The FIFO table, one step at a time. Host.

package core

import (
	"math/rand"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// drainF returns all ports that have an event, in the order of service.
func drainF(c *FIFOCPU, t *FIFO) (ports []uint32) {
	for {
		p, ok := c.Next(t)
		if !ok {
			return ports
		}
		ports = append(ports, p)
	}
}

func TestFIFOKeepsTheOrder(t *testing.T) {
	x, tab, c := newFIFO(t, 3000)
	sent := []uint32{2999, 5, 1024, 1, 1023, 2048}
	for _, p := range sent {
		x.send(p, nil)
		x.send(p, nil)
	}
	if got := drainF(c, tab); !slices.Equal(got, sent) || x.flag.raised() || c.Held() {
		t.Errorf("served %d, flag %v, held %v", got, x.flag.raised(), c.Held())
	}
	if got := drainF(c, tab); got != nil {
		t.Errorf("served %d again", got)
	}
	x.send(7, nil) // the queue begins anew
	x.send(5, nil)
	if got := drainF(c, tab); !slices.Equal(got, []uint32{7, 5}) {
		t.Errorf("second round: %d", got)
	}
}

func TestFIFOPriorities(t *testing.T) {
	x, tab, c := newFIFO(t, 100)
	for p, q := range map[uint32]uint32{1: 15, 2: 7, 3: 7, 4: 0} {
		x.setPriority(p, q)
	}
	x.send(1, nil)
	x.send(2, nil)
	x.send(3, nil)
	if p, _ := c.Next(tab); p != 2 || !c.Held() {
		t.Errorf("first is %d, held %v", p, c.Held())
	}
	x.send(4, nil) // comes late and goes first
	if got := drainF(c, tab); !slices.Equal(got, []uint32{4, 3, 1}) {
		t.Errorf("then %d", got)
	}
}

// A port that changes its priority while it was the last of its old queue.
func TestFIFOMovesBetweenQueues(t *testing.T) {
	x, tab, c := newFIFO(t, 100)
	x.send(1, nil)
	drainF(c, tab)
	x.setPriority(1, 9)
	x.send(1, nil)
	x.send(2, nil)
	if got := drainF(c, tab); !slices.Equal(got, []uint32{2, 1}) {
		t.Errorf("served %d", got)
	}
}

func TestFIFOMask(t *testing.T) {
	x, tab, c := newFIFO(t, 100)
	tab.Mask(7)
	x.send(7, nil)
	x.send(8, nil)
	if got := drainF(c, tab); !slices.Equal(got, []uint32{8}) || !tab.Pending(7) || !tab.Masked(7) {
		t.Errorf("served %d", got)
	}
	if !tab.Unmask(7) || !tab.Masked(7) {
		t.Fatal("Unmask does not say that an event waits")
	}
	x.unmask(7, nil)
	if got := drainF(c, tab); !slices.Equal(got, []uint32{7}) {
		t.Errorf("after the hypercall: %d", got)
	}
	if tab.Unmask(7) || tab.Masked(7) {
		t.Error("Unmask of a port that is not masked")
	}
}

// A port that is masked while it stands in a queue is passed over, and what
// stands behind it is served.
func TestFIFOMaskedInTheQueue(t *testing.T) {
	x, tab, c := newFIFO(t, 100)
	for p := uint32(1); p <= 4; p++ {
		x.send(p, nil)
	}
	tab.Mask(2)
	if !tab.Clear(3) || tab.Clear(3) {
		t.Error("Clear")
	}
	if got := drainF(c, tab); !slices.Equal(got, []uint32{1, 4}) || !tab.Pending(2) {
		t.Errorf("served %d", got)
	}
}

// An event sent to a port that has left the queue, before its PENDING is
// cleared, puts it in the queue again; the second time it has no event.
func TestFIFOSentWhileServed(t *testing.T) {
	x, tab, c := newFIFO(t, 100)
	x.send(1, nil)
	c.load()
	c.dequeue(tab, 0)
	x.send(1, nil)
	tab.Clear(1)
	if got := drainF(c, tab); got != nil {
		t.Errorf("served %d", got)
	}
	x.send(1, nil)
	if got := drainF(c, tab); !slices.Equal(got, []uint32{1}) {
		t.Errorf("then %d", got)
	}
}

func TestFIFOBusy(t *testing.T) {
	_, tab, _ := newFIFO(t, 100)
	tab.Mask(5)
	atomic.OrUint32(tab.word(5), busy)
	if !tab.Unmask(5) || !tab.Masked(5) {
		t.Error("a BUSY word was unmasked")
	}
	atomic.AndUint32(tab.word(5), ^uint32(busy))
	if tab.Unmask(5) || tab.Masked(5) {
		t.Error("a word that is BUSY no longer stayed masked")
	}
}

// Leaving a queue must not disturb the bits that are not its own.
func TestFIFOUnlinkKeepsTheRest(t *testing.T) {
	_, tab, _ := newFIFO(t, 100)
	for _, rest := range []uint32{0, pending, masked, busy, pending | masked | busy} {
		atomic.StoreUint32(tab.word(9), rest|linked|12345)
		if next := tab.unlink(9); next != 12345 || atomic.LoadUint32(tab.word(9)) != rest {
			t.Errorf("next %d, word %#x, want %#x", next, atomic.LoadUint32(tab.word(9)), rest)
		}
	}
}

func TestFIFOOutOfRange(t *testing.T) {
	_, tab, c := newFIFO(t, 1024)
	for _, p := range []uint32{1024, 1 << 17, 1<<32 - 1} {
		tab.Mask(p)
		if tab.Unmask(p) || !tab.Masked(p) || tab.Pending(p) || tab.Clear(p) {
			t.Errorf("port %d", p)
		}
		control := (*abi.Evtchn_fifo_control_block)(raw.Ptr(c.control))
		control.Head[3], control.Ready = p, 1<<3
		if got := drainF(c, tab); got != nil {
			t.Errorf("served %d", got)
		}
	}
	var none FIFO
	if none.Unmask(0) || !none.Masked(0) || none.Ports() != 0 {
		t.Error("a table without pages has ports")
	}
}

func TestFIFOIgnoresReadyBitsOfNoQueue(t *testing.T) {
	x, tab, c := newFIFO(t, 100)
	atomic.StoreUint32(&x.control.Ready, 0xffff0000)
	if got := drainF(c, tab); got != nil || c.Held() {
		t.Errorf("served %d", got)
	}
}

func TestFIFOTakesNoMoreThanAllPages(t *testing.T) {
	addr, _ := testkit.Memory(t, raw.PageSize)
	var tab FIFO
	for range FIFOPages {
		if !tab.AddPage(addr) {
			t.Fatalf("refused page %d", tab.n)
		}
	}
	if tab.AddPage(addr) || tab.Ports() != abi.EVTCHN_FIFO_NR_CHANNELS {
		t.Errorf("%d ports", tab.Ports())
	}
}

// Random steps against a list of the events sent, by priority.
func TestFIFOAgainstModel(t *testing.T) {
	r := testkit.Rand(t)
	for round := 0; round < 100; round++ {
		n := 2 + r.Intn(3000)
		x, tab, c := newFIFO(t, uint32(n))
		sent := map[uint32]bool{}
		for range 300 {
			stepF(t, r, x, tab, c, sent, uint32(1+r.Intn(n-1)))
		}
	}
}

func stepF(t *testing.T, r *rand.Rand, x *xenF, tab *FIFO, c *FIFOCPU, sent map[uint32]bool, port uint32) {
	switch r.Intn(7) {
	case 0, 1, 2:
		x.send(port, nil)
		sent[port] = true
	case 3:
		tab.Mask(port)
	case 4:
		if was := tab.Masked(port); tab.Unmask(port) != (was && sent[port]) {
			t.Fatalf("Unmask(%d): masked %v, sent %v", port, was, sent[port])
		}
		x.unmask(port, nil)
	case 5:
		x.setPriority(port, uint32(r.Intn(abi.EVTCHN_FIFO_MAX_QUEUES)))
	case 6:
		for _, p := range drainF(c, tab) {
			if !sent[p] || tab.Masked(p) {
				t.Fatalf("served %d: sent %v, masked %v", p, sent[p], tab.Masked(p))
			}
			delete(sent, p)
		}
		for p := range sent {
			if !tab.Masked(p) {
				t.Fatalf("left %d behind", p)
			}
		}
	}
}
