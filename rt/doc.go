// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package rt is the runtime's face: what a program may ask of the domain it
// runs in. No program has to import it. mkimage adds the import that links the
// library OS (rt/kernel, rt/posix) below the program.
//
// The package builds everywhere; outside a domain InDomain is false and the
// rest answers with zeros, so that one program can run in both places.
package rt

import "github.com/domlet/domlet/rt/kernel"

// Usage says what every page of the domain is used for.
type Usage = kernel.Usage

// Stats is a snapshot of the kernel's counters since boot.
type Stats = kernel.Stats
