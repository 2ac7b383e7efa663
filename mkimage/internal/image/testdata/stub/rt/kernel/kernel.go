// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// Package kernel stands in for domlet's kernel in the tests of mkimage: an
// image built with it has everything that mkimage looks for, and runs as a
// Linux process, since its door is Linux's.
package kernel

//go:systemstack
func privileged() {} // compiles with -+ only
