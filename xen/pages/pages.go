// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package pages is memory for what must lie in one place only and leave nothing
// behind: other people's data. Pages lie outside the Go heap, so the collector
// never copies or keeps them, and they are overwritten when they are given back.
// Any goroutine.
//
// What is put there stays there only if its user does not copy it: into a string,
// by append, or through a buffered reader.
package pages

// Size is the size of a page in bytes.
const Size = 4096

// Source gives pages.
type Source interface {
	// Alloc returns n zeroed pages beside each other, nil where there are none.
	Alloc(n int) []byte
	// Free overwrites what one Alloc gave, all of it, with zeros, and takes it
	// back. Nobody uses it any more.
	Free(mem []byte)
}

// For returns how many pages hold that many bytes.
func For(bytes int) int { return (bytes + Size - 1) / Size }
