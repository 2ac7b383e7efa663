// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Places where Xen may act between two steps of this side, for tests. Host.

//go:build invariants

package core

// inWindow is what happens at such a place.
var inWindow = nothing

func nothing() {}

func window() { inWindow() }
