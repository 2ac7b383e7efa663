// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command events sends itself events through a real event channel and waits for
// each against a deadline of ten seconds: a lost wake-up fails it.
//
//	events storm=N     N events, each sent while its receiver is about to wait
//	events idle=N      N events, each sent from a vCPU that a timer has just woken
//
// It prints the mean cost of an event and, at the end, ok.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

func main() {
	for _, word := range os.Args[1:] {
		name, arg, _ := strings.Cut(word, "=")
		n, err := strconv.Atoi(arg)
		if err == nil {
			err = run(name, n)
		}
		if err != nil {
			fmt.Printf("FAIL %s: %v\n", word, err)
			os.Exit(1)
		}
		fmt.Println("ok", word)
	}
}
