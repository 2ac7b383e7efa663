// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A program for the tests of the gate: it reaches both strays of x/sys/unix, a
// signature of crypto, and a door of its own. Linked, never run.
package main

import (
	"crypto/sha1"
	"fmt"

	"golang.org/x/sys/unix"
)

func door()

// victim is where the tests plant bytes.
//
//go:noinline
func victim(n int) string {
	return fmt.Sprint(n)
}

func main() {
	door()
	unix.Sync()
	fmt.Println(victim(unix.Getpid()), sha1.New().Sum(nil))
}
