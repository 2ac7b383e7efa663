// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package image turns packages into files that Xen boots. It runs on the host.
//
// [Build] has the go command do the work, in the environment of package
// inject. There mkimage is the wrapper of every tool ([Toolexec]): it checks
// what the compiler is asked to do, and after the linker it finishes the
// image ([finish]), so that a plain `go build` in that environment and
// `mkimage build` produce the same bytes.
//
// A linked program becomes an image in four steps, none of which moves a byte
// that is loaded: symbols are taken off where the user asked for that; large
// unused memory at the end (the BSS tail) is cut off the segment and left to
// the kernel; the gate examines every instruction; the ELF notes that tell
// Xen where to begin are appended, and the program header of the stack, which
// means nothing to Xen, is turned into theirs.
package image
