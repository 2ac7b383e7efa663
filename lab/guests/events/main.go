// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command events sends itself events through real event channels and waits for
// each against a deadline of ten seconds: a lost wake-up fails it.
//
//	events storm=N     N events, each sent while its receiver is about to wait
//	events idle=N      N events, each sent from a vCPU that a timer has just woken
//
// It prints the mean cost of an event and, at the end, ok.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/domlet/domlet/xen/evtchn"
)

func main() {
	for _, word := range os.Args[1:] {
		if err := run(word); err != nil {
			fmt.Printf("FAIL %s: %v\n", word, err)
			os.Exit(1)
		}
		fmt.Println("ok", word)
	}
}

var cases = map[string]func(bus evtchn.Bus, n int) error{
	"storm": storm,
	"idle":  idle,
}

func run(word string) error {
	name, arg, _ := strings.Cut(word, "=")
	f := cases[name]
	if f == nil {
		return errors.New("no such case")
	}
	n, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	bus, err := evtchn.Local()
	if err != nil {
		return err
	}
	return f(bus, n)
}
