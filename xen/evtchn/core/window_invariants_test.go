// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Opens the windows of the code under test. Host.

//go:build invariants

package core

import (
	"math/rand"
	"runtime"
)

func openWindows() {
	inWindow = func() {
		for range rand.Intn(3) {
			runtime.Gosched()
		}
	}
}
