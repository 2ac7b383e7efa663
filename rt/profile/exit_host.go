// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// Where there is no domain, nothing is written: go test and pprof are at hand.

package profile

func atExit(func()) {}
