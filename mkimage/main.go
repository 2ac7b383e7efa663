// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command mkimage builds Go programs as Xen domains and runs them.
package main

func main() {}
