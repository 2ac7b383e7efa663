// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command semantics checks, from the inside, that a domain gives a Go program
// everything Linux gives it. It runs the cases named in its arguments, in
// order, and stops at the first that fails:
//
//	semantics CASE[=ARGUMENT] ...
//
// A case that holds prints "ok CASE"; one that does not prints "FAIL CASE: " and
// the reason, and ends the program with code 1. The cases of crash.go never
// return: how they end is the property. With the argument "list" the program
// prints the names of all cases.
//
// It is an ordinary program and runs on Linux too; the tests run it in both
// places.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "semantics: name at least one case, or list")
		os.Exit(64)
	}
	for _, word := range os.Args[1:] {
		name, arg, _ := strings.Cut(word, "=")
		if err := run(name, arg); err != nil {
			fmt.Printf("FAIL %s: %v\n", name, err)
			os.Exit(1)
		}
		fmt.Println("ok", name)
	}
}

// run looks a case up in the table and runs it.
func run(name, arg string) error {
	if name == "list" {
		for _, c := range cases() {
			fmt.Println(c.name)
		}
		return nil
	}
	for _, c := range cases() {
		if c.name == name {
			return c.run(arg)
		}
	}
	return fmt.Errorf("no such case; semantics list names them")
}

// number reads a case's argument, or gives its default when there is none.
func number(arg string, unset int) (int, error) {
	if arg == "" {
		return unset, nil
	}
	return strconv.Atoi(arg)
}
