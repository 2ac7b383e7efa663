// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// The bond with rt/posix, by name: what its calls about sockets are, and the
// network they use. Runs on the caller's goroutine.

package stack

import (
	"os"
	"syscall"
	"unsafe" // pointers of rt/posix's own, and the linknames

	"github.com/domlet/domlet/rt/posix"
)

// handle is rt/posix's handleSockets.
//
//go:linkname handle github.com/domlet/domlet/rt/posix.handleSockets
func handle(s unsafe.Pointer, handler uint8, a unsafe.Pointer) (uintptr, uint16) { // *system and *arguments there
	return serve(s, handler, a)
}

// serve is rt/posix's serveSockets.
//
//go:linkname serve github.com/domlet/domlet/rt/posix.serveSockets
//go:noescape
func serve(s unsafe.Pointer, handler uint8, a unsafe.Pointer) (uintptr, uint16) // as above

// bounds says where the stack of the calling goroutine is.
func bounds() (low, high uintptr)

// stackBounds is rt/posix's own of that name.
//
//go:linkname stackBounds github.com/domlet/domlet/rt/posix.stackBounds
func stackBounds() (low, high uintptr) { return bounds() }

// network is rt/posix's own of that name.
//
//go:linkname network github.com/domlet/domlet/rt/posix.network
func network() posix.Network {
	n, err := New(memoryLimit())
	if err != nil {
		panic(err) // gVisor refused what it takes in every test
	}
	n.write = func(path string, text []byte) { os.WriteFile(path, text, 0o644) } // a tree without /etc: no names
	settings, _ := syscall.Getenv("DOMLET_NET")
	if err := n.Outside(settings); err != nil {
		println("domlet: no network but loopback:", err.Error())
	}
	return n
}
