// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// The bond between the door and the handlers of calls about sockets. mkimage
// links one of two packages that supply the functions below without a body:
// net/stack, where a program imports net, or rt/posix/offline, and then nothing
// of sockets is in the image. Nothing has to run for it, so a package init can
// dial.

package posix

import _ "unsafe" // for go:linkname

// handleSockets is serveSockets, or refuses.
//
//go:noescape
func handleSockets(s *system, handler uint8, a *arguments) (uintptr, Errno)

// network makes the network that carries Internet sockets.
func network() Network

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
