// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// The way to a program's end, which the runtime's overlay supplies.

package profile

import _ "unsafe" // for go:linkname

// atExit has f called when the program ends by main's return or by os.Exit.
//
//go:linkname atExit
func atExit(f func())
