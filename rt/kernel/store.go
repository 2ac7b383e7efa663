// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Xenstore as the kernel sees it: the ring, which the program uses too, and the
// last message in it: how the domain ended. Kernel, lock held.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/control"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/bytering"
)

// How long the end of a domain waits for xenstore.
const (
	storePatience = 250_000_000 // for xenstored to take the kernel's, ns
	storeLook     = 10_000_000  // between two looks at the ring, ns
)

var store struct {
	ring    bytering.Messages
	port    uint32 // 0: there is no xenstore
	until   int64  // how long the end waits, system time; 0: for nothing
	control control.Control
}

// initStore takes hold of the xenstore page. A domain may have none.
func initStore() {
	if handed.StorePort != 0 {
		store.port = handed.StorePort
		store.ring.Init(handed.Store, &bytering.Xenstore)
	}
}

// guestStore tells the program where the ring is. From then on messages of the
// program's may have to be finished.
//
//go:linkname guestStore github.com/domlet/domlet/xen/guest.Store
func guestStore() (ring uintptr, port uint32) {
	linkStore()
	return uintptr(unsafe.Pointer(&store.ring)), store.port
}

// guestStoreHeard takes a message that the program's client read.
//
//go:linkname guestStoreHeard github.com/domlet/domlet/xen/guest.StoreHeard
//go:nosplit // text may lie on the stack
func guestStoreHeard(kind, id uint32, text []byte) {
	doorCall(sysHear, uintptr(kind), uintptr(id), addrOf(text), uintptr(len(text)), 0, 0)
}

// guestStoreLeft has the kernel read the ring.
//
//go:linkname guestStoreLeft github.com/domlet/domlet/xen/guest.StoreLeft
func guestStoreLeft() { doorCall(sysHear, 0, 0, 0, nothing, 0, 0) }

// exitNode is where a domain's exit code is, below its own path, as it begins a
// request to write it.
const exitNode = "data/domlet/exit\x00"

// noteEnd has xenstored write down the exit code, or the word for a crash. It
// does not wait for the answer. Where a message of the program's is in the ring
// and not whole, nothing is said unless it can be finished: what follows would be
// taken for its rest. Nor can anything be heard before events are.
func noteEnd(how string, code int) {
	if store.port == 0 || sharedInfo == 0 {
		return
	}
	if !store.ring.Seal() && (storeFinish == 0 || callLinked(storeFinish, nil, 0) == 0) {
		return
	}
	var d [20]byte
	word := stringBytes(how)
	if code >= 0 {
		word = digits(&d, uint64(code), 10)
	}
	head := abi.Xsd_sockmsg{Type: abi.XS_WRITE, Len: uint32(len(exitNode) + len(word))}
	store.ring.Write(unsafe.Slice((*byte)(unsafe.Pointer(&head)), unsafe.Sizeof(head)))
	store.ring.Write(stringBytes(exitNode))
	store.ring.Write(word)
	notify(store.port)
	store.until = nanotime() + storePatience
}

// awaitStore waits until xenstored has taken the message, which it acts upon
// before anything else, or until it had its time.
func awaitStore() {
	for n, ok := store.ring.Unsent(); n > 0 && ok && nanotime() < store.until; n, ok = store.ring.Unsent() {
		pollRing(&store.ring.Ring, store.port, nanotime()+storeLook)
	}
}
