// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command hello is the smallest domain: an ordinary Go program that says hello.
package main

import "fmt"

func main() { fmt.Println("hello from a Xen domain") }
