// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package posix is what a Go program expects of its kernel beyond threads and
// memory: descriptors, the console, pipes, names, clocks, and answers about
// itself.
package posix

//go:generate go run ./internal/gentable calls.txt table.go
