// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package offline is what an image has in place of net/stack: the answers to
// calls about sockets in a program that does not import net. mkimage links one
// of the two. Runs on the caller's goroutine.
package offline
