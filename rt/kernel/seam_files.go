// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the tree of files asks of the kernel. Linked only into programs that
// name files. On a thread, without the lock: none of it changes after boot.

//go:build domlet

package kernel

import (
	_ "unsafe" // linkname

	"github.com/domlet/domlet/rt/kernel/cmdline"
)

//go:linkname posixCommandLine github.com/domlet/domlet/rt/posix.commandLine
func posixCommandLine() []byte { return commandLine() }

// posixRamdisk is the ramdisk, where the builder put it: frames of the builder
// are never given out.
//
//go:linkname posixRamdisk github.com/domlet/domlet/rt/posix.ramdisk
func posixRamdisk() []byte {
	ramdisk := bytesAt(handed.Module, handed.ModuleSize)
	if _, rest, ok := cmdline.Unblock(ramdisk); ok {
		return rest
	}
	return ramdisk
}

//go:linkname posixImage github.com/domlet/domlet/rt/posix.image
func posixImage() (low, high uintptr) {
	s := codeSegment()
	return s.low(), s.high()
}
