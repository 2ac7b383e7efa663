// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What links the library OS into an image.

//go:build domlet

package rt

import (
	_ "github.com/domlet/domlet/rt/kernel" // threads, memory, clock, doors
	_ "github.com/domlet/domlet/rt/posix"  // files, pipes, the console
)
