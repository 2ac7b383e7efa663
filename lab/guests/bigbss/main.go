// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command bigbss has 256 MiB of zeroed data, more than its domain has memory.
// It must start all the same, because nothing is given to a page before it is
// touched; touching as many MiB as its argument says must work; and touching
// more than there is must end the domain with a text, not hang it.
package main

import (
	"fmt"
	"os"
	"strconv"
)

const mebibyte = 1 << 20

// table is the zeroed data. It stands at the end of the image.
var table [256 * mebibyte]byte

func main() {
	mib, err := strconv.Atoi(os.Args[len(os.Args)-1])
	if err != nil || mib < 0 || mib > len(table)/mebibyte {
		fmt.Fprintln(os.Stderr, "bigbss: name the number of MiB to touch, 0 to 256")
		os.Exit(64)
	}
	fmt.Println("touching", mib, "MiB")
	for page := 0; page < mib*mebibyte; page += 4096 {
		if table[page] != 0 {
			fmt.Printf("FAIL bigbss: byte %d was %#x before anyone wrote it\n", page, table[page])
			os.Exit(1)
		}
		table[page] = byte(page >> 12)
	}
	check(mib)
}

func check(mib int) {
	for page := 0; page < mib*mebibyte; page += 4096 {
		if table[page] != byte(page>>12) {
			fmt.Printf("FAIL bigbss: page %d lost what was written\n", page>>12)
			os.Exit(1)
		}
	}
	fmt.Println("ok bigbss")
}
