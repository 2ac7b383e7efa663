// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command count prints how many times a text is in a file, or in the memory of a
// domain. A dump of a domain's memory is no text to dom0's grep; and of a PVH domain xl
// dumps each page below 4 GiB, whether it is there or not. In dom0, on the main
// goroutine.
//
//	count FILE TEXT
//	count -domain NUMBER MEBIBYTES TEXT
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
)

func main() {
	n, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "count:", err)
		os.Exit(1)
	}
	fmt.Println(n)
}

func run(args []string) (int, error) {
	switch {
	case len(args) == 4 && args[0] == "-domain":
		return inDomain(args[1], args[2], []byte(args[3]))
	case len(args) != 2:
		return 0, errors.New("want FILE TEXT or -domain NUMBER MEBIBYTES TEXT")
	}
	contents, err := os.ReadFile(args[0])
	return bytes.Count(contents, []byte(args[1])), err
}

// inDomain counts in all pages of a domain that has so much memory, from its page
// frame 0 on.
func inDomain(number, size string, text []byte) (int, error) {
	domain, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return 0, err
	}
	mebibytes, err := strconv.ParseUint(size, 10, 16)
	if err != nil {
		return 0, err
	}
	pages := int(mebibytes) << 20 / os.Getpagesize()
	contents, there, err := memory(uint16(domain), pages)
	if err == nil && there < pages*9/10 {
		err = fmt.Errorf("of %d pages %d are there", pages, there)
	}
	return bytes.Count(contents, text), err
}
