// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The end of a domain whose program is in the middle of a message to xenstored,
// waiting for room or for a vCPU: the kernel finishes the message, so that its own
// can follow. An image whose program does not use xenstore has none of this file.
// Kernel, lock held.

//go:build domlet

package kernel

import (
	"sync/atomic"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/hypercall"
)

var (
	finishStoreFn = finishStore
	storeFinish   uintptr // finishStoreFn, once linkStore was called
)

func linkStore()

// finishPatience is for xenstored to take up to four ringfuls, ns: a lab whose
// processors are all busy needs a sixth of it.
const finishPatience = 1_000_000_000

// lastSize is room enough for the kernel's last message, in bytes.
const lastSize = 64

// sealTries is how often a kernel that trapped tries to seal the ring, for a
// message that another vCPU writes just then. It may not have the lock, by which
// vCPUs stand still.
const sealTries = 100_000

// finishStore seals the ring, and writes what is missing of the program's message
// as xenstored makes room. It answers 0 where that takes too long.
func finishStore(*thread, uintptr) uintptr {
	if atomic.LoadUint32(&reporting) != 0 {
		return sealSoon()
	}
	until := nanotime() + finishPatience
	if !halt(until) {
		return 0
	}
	rest, n, ok := store.ring.Seize()
	for ok && (n > 0 || store.ring.Free() < lastSize) {
		if sent := uint32(store.ring.Write(bytesAt(rest, uintptr(n)))); sent > 0 {
			rest, n = rest+uintptr(sent), n-sent
			notify(store.port)
			continue
		}
		pollRing(&store.ring.Ring, store.port, nanotime()+storeLook)
		ok = nanotime() < until
	}
	if !ok {
		return 0
	}
	return 1
}

func sealSoon() uintptr {
	for range sealTries {
		if store.ring.Seal() {
			return 1
		}
	}
	return 0
}

// halt has the other vCPUs stand still for good: each has no thread, or waits for
// the lock, as its count of turns shows that grows meanwhile, and the lock is not
// given up any more. False: one does not in time.
func halt(until int64) bool {
	for id := range cpus.n {
		c := cpuAt(id)
		if c == me() {
			continue
		}
		interrupt(id)
		for before := atomic.LoadUint64(&c.stats.Spins); c.current != 0 && atomic.LoadUint64(&c.stats.Spins) == before; {
			if nanotime() >= until {
				return false
			}
			hypercall.Sched(abi.SCHEDOP_yield, nil)
		}
	}
	return true
}
