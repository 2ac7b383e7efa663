// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command protection does one thing that no program may do, and must die of it:
//
//	protection NAME[=ARGUMENT]
//
// If it is not stopped it prints "FAIL NAME" and ends with code 1. How it dies is
// the property, and the tests' table says how, for each way a domain can begin.
// Linux stops most of these too, in the same words, so it runs there as well.
package main

import (
	"fmt"
	"os"
	"strings"
)

// breaks are the forbidden things. The argument is what stood after "=".
var breaks = map[string]func(arg string){
	"writetext":    writeText,
	"writerodata":  writeConstant,
	"writeheaders": writeHeaders,
	"writealias":   writeAlias,
	"readzero":     readZero,
	"readbelow":    readBelow,
	"callzero":     callZero,
	"rundata":      runData,
	"runzeroed":    runZeroed,
	"runstack":     runStack,
	"runheap":      runHeap,
	"runalias":     runAlias,
}

func main() {
	name, arg, _ := strings.Cut(os.Args[len(os.Args)-1], "=")
	attempt, ok := breaks[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "protection: name one thing to break")
		os.Exit(64)
	}
	fmt.Println("trying", name)
	attempt(arg)
	fmt.Println("FAIL", name)
	os.Exit(1)
}
