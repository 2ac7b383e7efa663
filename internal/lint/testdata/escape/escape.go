// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package escape lets a variable escape to the heap, which the compiler refuses in privileged code.
package escape

var global *int

func escape() {
	n := 1
	global = &n
}
