// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command trials has the kernel below it do what no program can ask for: run off
// its own stack, examine its page tables, begin anew. It must be built with the
// tag domlettest; other images have no trials.
//
//	trials NAME
package main

import (
	"fmt"
	"os"
)

func main() {
	name := os.Args[len(os.Args)-1]
	fmt.Println("trying", name)
	if err := try(name); err != nil {
		fmt.Printf("FAIL %s: %v\n", name, err)
		os.Exit(1)
	}
	fmt.Println("ok", name)
}
