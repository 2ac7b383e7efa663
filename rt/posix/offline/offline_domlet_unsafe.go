// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// The bodies that rt/posix wants, supplied by name. Runs on the caller's goroutine.

package offline

import "unsafe" // pointers of rt/posix's own, and the linknames

// handle is rt/posix's handleSockets.
//
//go:linkname handle github.com/domlet/domlet/rt/posix.handleSockets
func handle(s unsafe.Pointer, handler uint8, a unsafe.Pointer) (uintptr, uint16) { // *system and *arguments there
	return refuse(s, handler, a)
}

// refuse is rt/posix's refuseSockets.
//
//go:linkname refuse github.com/domlet/domlet/rt/posix.refuseSockets
//go:noescape
func refuse(s unsafe.Pointer, handler uint8, a unsafe.Pointer) (uintptr, uint16) // as above

// inits is the runtime's domletInits: the calls of a program without sockets are
// served by what needs no package init.
//
//go:linkname inits runtime.domletInits
func inits([]unsafe.Pointer) {} // of the runtime's tasks
