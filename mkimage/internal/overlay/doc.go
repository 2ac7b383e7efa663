// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package overlay edits the Go runtime at build time so that a program talks
// to the library OS where it would talk to Linux. It runs on the host.
//
// Nothing of GOROOT is copied into this repository and nothing in GOROOT is
// changed: the edits are a table ([edits]) of anchored changes to some thirty
// files, applied to the user's own GOROOT in memory and handed to the go
// command with -overlay. An anchor must match exactly as often as the table
// says, and for the releases listed in hashes.txt each file must be the very
// file of that release; a toolchain that somebody edited is refused by name.
//
// An overlay whose paths match nothing is silently ignored by the go command.
// Here it cannot be: without the edits nothing in the program refers to the
// kernel's entry, and what mkimage does after the link does not find an image.
//
// A new Go release is one reviewed change: look at what moved in the files of
// the table, then add the release's hashes with
//
//	go test ./mkimage/internal/overlay -run TestHashes -update GOROOT
package overlay
