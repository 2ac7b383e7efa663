// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Xen's side of both interfaces, after the description in Xen's
// public/event_channel.h and the behaviour of the hypervisor. It is an
// independent account of the protocol: it shares nothing with the code under
// test but the memory. Host.

package core

import (
	"math/rand"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/raw"
)

// pause lets others run between two steps of the model, now and then.
func pause(r *rand.Rand) {
	if r != nil && r.Intn(4) == 0 {
		runtime.Gosched()
	}
}

// flag is a vCPU's upcall flag in the model.
type flag struct{ info uintptr }

func (f flag) raise()       { atomic.OrUint32(raw.Word32(f.info, 0), 1) }
func (f flag) raised() bool { return atomic.LoadUint32(raw.Word32(f.info, 0))&0xff != 0 }

// set sets a bit and reports whether it was set before.
func set(w *uint64, bit uint32) bool { return atomic.OrUint64(w, 1<<bit)>>bit&1 != 0 }

func set32(w *uint32, bit uint32) bool { return atomic.OrUint32(w, 1<<bit)>>bit&1 != 0 }

// xen2 is Xen with the two-level interface and one or more vCPUs, all of whose
// information stands in one shared-info page.
type xen2 struct {
	shared uintptr
	vcpu   [TwoLevelPorts]uint32 // whom a port notifies
}

// newTwoLevel returns the three parties of a domain with some vCPUs.
func newTwoLevel(t testing.TB, vcpus int) (*xen2, *TwoLevel, []*TwoLevelCPU) {
	addr, _ := testkit.Zeroed(t, raw.PageSize)
	x, tab := &xen2{shared: addr}, new(TwoLevel)
	tab.Init(addr)
	var cpus []*TwoLevelCPU
	for v := range vcpus {
		c := new(TwoLevelCPU)
		c.Init(x.info(uint32(v)))
		cpus = append(cpus, c)
	}
	for p := uint32(0); p < TwoLevelPorts; p++ {
		x.vcpu[p] = p % uint32(vcpus)
		cpus[x.vcpu[p]].Bind(p)
	}
	return x, tab, cpus
}

func (x *xen2) info(vcpu uint32) uintptr {
	return x.shared + uintptr(vcpu)*unsafe.Sizeof(abi.Vcpu_info{})
}

func (x *xen2) flag(vcpu uint32) flag { return flag{x.info(vcpu)} }

func (x *xen2) page() *abi.Shared_info { return (*abi.Shared_info)(raw.Ptr(x.shared)) }

// send is an event on a port.
func (x *xen2) send(port uint32, r *rand.Rand) {
	if set(&x.page().Evtchn_pending[port/64], port%64) {
		return
	}
	pause(r)
	if atomic.LoadUint64(&x.page().Evtchn_mask[port/64])>>(port%64)&1 == 0 {
		x.notify(port, r)
	}
}

// unmask is EVTCHNOP_unmask.
func (x *xen2) unmask(port uint32, r *rand.Rand) {
	was := atomic.AndUint64(&x.page().Evtchn_mask[port/64], ^(uint64(1) << (port % 64)))
	pause(r)
	if was>>(port%64)&1 != 0 && atomic.LoadUint64(&x.page().Evtchn_pending[port/64])>>(port%64)&1 != 0 {
		x.notify(port, r)
	}
}

func (x *xen2) notify(port uint32, r *rand.Rand) {
	v := x.vcpu[port]
	if !set(selector(x.info(v)), port/64) {
		pause(r)
		x.flag(v).raise()
	}
}

// xenF is Xen with the FIFO interface and one vCPU. The lock stands for those
// of the queues.
type xenF struct {
	mu       sync.Mutex
	t        testing.TB
	tab      *FIFO // used for its pages only
	flag     flag
	control  *abi.Evtchn_fifo_control_block
	tail     [abi.EVTCHN_FIFO_MAX_QUEUES]uint32
	priority []uint32 // the queue a port goes to next time
	last     []uint32 // the queue it was put in last
}

// newFIFO returns the three parties of a domain with that many ports, none
// masked but port 0.
func newFIFO(t testing.TB, ports uint32) (*xenF, *FIFO, *FIFOCPU) {
	pages := (ports + FIFOPagePorts - 1) / FIFOPagePorts
	addr, _ := testkit.Memory(t, int(pages)*raw.PageSize)
	tab := new(FIFO)
	for i := range pages {
		if !tab.AddPage(addr + uintptr(i)*raw.PageSize) {
			t.Fatal("AddPage")
		}
	}
	for p := uint32(1); p < ports; p++ {
		tab.Unmask(p)
	}
	info, _ := testkit.Zeroed(t, 64)
	control, _ := testkit.Memory(t, 72)
	c := new(FIFOCPU)
	c.Init(info, control)
	return &xenF{
		t: t, tab: tab, flag: flag{info},
		control:  (*abi.Evtchn_fifo_control_block)(raw.Ptr(control)),
		priority: make([]uint32, ports), last: make([]uint32, ports),
	}, tab, c
}

func (x *xenF) word(port uint32) *uint32 {
	return raw.Word32(x.tab.page[port/FIFOPagePorts], uintptr(port%FIFOPagePorts))
}

// send is an event on a port.
func (x *xenF) send(port uint32, r *rand.Rand) {
	x.mu.Lock()
	w := x.word(port)
	set32(w, abi.EVTCHN_FIFO_PENDING)
	pause(r)
	queue, fresh := uint32(0), false
	if atomic.LoadUint32(w)&masked == 0 && !set32(w, abi.EVTCHN_FIFO_LINKED) {
		queue, fresh = x.enqueue(port, r)
	}
	x.mu.Unlock()
	pause(r)
	if fresh && !set32(&x.control.Ready, queue) {
		pause(r)
		x.flag.raise()
	}
}

// enqueue puts a port, just LINKED, at the end of its queue, and reports which
// that is and whether the queue was empty.
func (x *xenF) enqueue(port uint32, r *rand.Rand) (queue uint32, fresh bool) {
	queue = x.priority[port]
	if old := &x.tail[x.last[port]]; *old == port {
		*old = 0 // it left that queue as the last; the new LINKED is not of then
	}
	x.last[port] = queue
	tail := x.tail[queue]
	fresh = tail == 0 || !x.append(tail, port, r)
	if fresh {
		pause(r)
		atomic.StoreUint32(&x.control.Head[queue], port)
	}
	x.tail[queue] = port
	return queue, fresh
}

// append writes port into the word of tail, unless tail left the queue.
func (x *xenF) append(tail, port uint32, r *rand.Rand) bool {
	w := x.word(tail)
	if done, gone := x.tryAppend(w, port, r); done || gone {
		return done
	}
	set32(w, abi.EVTCHN_FIFO_BUSY)
	// What the domain may still do to the word is: set MASKED, clear PENDING,
	// clear LINKED. Clearing MASKED is what BUSY forbids.
	for range 4 {
		done, gone := x.tryAppend(w, port, r)
		if gone {
			atomic.AndUint32(w, ^uint32(busy))
		}
		if done || gone {
			return done
		}
	}
	x.t.Error("the domain changed a BUSY word too often")
	return true
}

func (x *xenF) tryAppend(w *uint32, port uint32, r *rand.Rand) (done, gone bool) {
	old := atomic.LoadUint32(w)
	if old&linked == 0 {
		return false, true
	}
	pause(r)
	return atomic.CompareAndSwapUint32(w, old, old&^(busy|link)|port), false
}

// unmask is EVTCHNOP_unmask.
func (x *xenF) unmask(port uint32, r *rand.Rand) {
	if atomic.AndUint32(x.word(port), ^uint32(masked))&pending != 0 {
		pause(r)
		x.send(port, r)
	}
}

// setPriority is EVTCHNOP_set_priority.
func (x *xenF) setPriority(port, queue uint32) {
	x.mu.Lock()
	x.priority[port] = queue
	x.mu.Unlock()
}
