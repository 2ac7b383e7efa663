// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package inject makes the go command link domlet into a program whose source
// and go.mod stay as they are. It runs on the host, before the build.
//
// Three things go in, all by files generated in the cache:
//
//   - a workspace (GOWORK) of the program's module and domlet's, so that the
//     program's own go.mod, with its go line, its requirements and its
//     replacements, keeps its meaning. The defaults of GODEBUG, which a
//     workspace would take from its own go line, are written down as those of
//     the program;
//   - an overlay (-overlay) with one file beside those of package main that
//     imports domlet's runtime, and with the edits of package overlay. It also
//     shows domlet's go.mod without requirements, so that no version of
//     anything the program uses can move, and no network is needed;
//   - flags (GOFLAGS), among them the wrapper that finishes the image.
//
// [Prepare] finds out about the program and its toolchain, refuses what cannot
// work with one line that says what to do instead, and returns the environment
// in which a plain `go build` makes the image.
package inject
