// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The face where there is no domain: an ordinary process.

//go:build !domlet

package rt

// InDomain reports whether the program is a domain of its own.
const InDomain = false

// ReadStats returns the kernel's counters: none of it here.
func ReadStats() (s Stats) { return s }

// ReadUsage returns what every page of the domain is used for: none of it here.
func ReadUsage() (u Usage) { return u }

// DoorCall does nothing: there is no door.
func DoorCall() {}
