// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// The bond between the door and the handlers of calls about sockets. mkimage
// links one of two packages that supply the functions below without a body:
// net/stack, where a program imports net, or rt/posix/offline, and then nothing
// of sockets is in the image. Nothing has to run for it, so a package init can
// dial.

package posix

import "unsafe" // an address is compared, never followed; and for go:linkname

// handleSockets is serveSockets, or refuses.
//
//go:noescape
func handleSockets(s *system, handler uint8, a *arguments) (uintptr, Errno)

// network makes the network that carries Internet sockets.
func network() Network

// stackBounds says where the stack of the calling goroutine is.
func stackBounds() (low, high uintptr)

// stays reports whether memory of the caller's stays where it is whatever happens: a
// goroutine's stack moves when it grows, and what the heap knows of it is then wrong.
func stays(b []byte) bool {
	low, high := stackBounds()
	at := uintptr(unsafe.Pointer(unsafe.SliceData(b))) // only compared
	return at < low || at >= high
}

// sockets runs a handler of a call about sockets.
func (s *system) sockets(handler uint8, a *arguments) (uintptr, Errno) {
	return handleSockets(s, handler, a)
}

// serveSockets is what net/stack supplies for handleSockets.
//
//go:linkname serveSockets
func serveSockets(s *system, handler uint8, a *arguments) (uintptr, Errno) {
	return s.handleNet(handler, a)
}

// refuseSockets is what rt/posix/offline supplies: the answers of a kernel
// without networking.
//
//go:linkname refuseSockets
func refuseSockets(_ *system, _ uint8, a *arguments) (uintptr, Errno) {
	if a.file == nil {
		return 0, EAFNOSUPPORT
	}
	return 0, ENOTSOCK
}
