// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Xenstore as the kernel sees it: the ring, which the program uses, and the one
// message that the kernel writes itself: how the domain ended. Kernel, lock held.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/bytering"
)

// How long the end of a domain waits for xenstore, in ns: for a message of the
// program's that another vCPU writes just now, and for xenstored to take the
// kernel's, from when that was written.
const (
	sealPatience  = 1_000_000
	storePatience = 250_000_000
	storeLook     = 10_000_000 // between two looks at the ring
)

var store struct {
	ring  bytering.Messages
	port  uint32 // 0: there is no xenstore
	until int64  // how long the end waits, system time; 0: for nothing
}

// initStore takes hold of the xenstore page. A domain may have none.
func initStore() {
	if handed.StorePort != 0 {
		store.port = handed.StorePort
		store.ring.Init(handed.Store, &bytering.Xenstore)
	}
}

// guestStore tells the program where the ring is.
//
//go:linkname guestStore github.com/domlet/domlet/xen/guest.Store
func guestStore() (ring uintptr, port uint32) {
	return uintptr(unsafe.Pointer(&store.ring)), store.port
}

// exitNode is where a domain's exit code is, below its own path.
const exitNode = "data/domlet/exit"

// willMessage is a request to write it.
type willMessage struct {
	head abi.Xsd_sockmsg
	text [len(exitNode) + 1 + 8]byte
}

// noteEnd has xenstored write down how the domain ended. It does not wait for
// room or for the answer, and it gives up where a message of the program's is
// cut short: its rest would be taken from this one. Nor is there a way to be
// heard before events are.
func noteEnd(how []byte) {
	if store.port == 0 || sharedInfo == 0 || !sealStore() {
		return
	}
	var m willMessage
	n := copy(m.text[:], exitNode) + 1
	n += copy(m.text[n:], how)
	m.head.Type, m.head.Len = abi.XS_WRITE, uint32(n)
	b := unsafe.Slice((*byte)(unsafe.Pointer(&m)), unsafe.Offsetof(m.text)+uintptr(n))
	if store.ring.Free() < uint32(len(b)) {
		return
	}
	store.ring.Write(b)
	notify(store.port)
	store.until = nanotime() + storePatience
}

func sealStore() bool {
	for end := nanotime() + sealPatience; !store.ring.Seal(); {
		if nanotime() > end {
			return false
		}
	}
	return true
}

// awaitStore waits until xenstored has taken the message, which it acts upon
// before anything else, or until it had its time.
func awaitStore() {
	for nanotime() < store.until {
		clearPort(store.port)
		if n, ok := store.ring.Unsent(); n == 0 || !ok {
			return
		}
		pollPort(store.port, nanotime()+storeLook)
	}
}
