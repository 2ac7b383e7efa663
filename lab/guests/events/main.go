// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command events sends itself events through real event channels and waits for
// each against a deadline of a minute: a lost wake-up fails it.
//
//	storm=N     N events, each sent while its receiver is about to wait
//	idle=N      N events, each sent from a vCPU that a timer has just woken
//	cancel=N    N waits that end at the moment in which their event comes
//	masked=N    N events at a masked port are one, when it is unmasked
//	closing=N   N channels closed while six goroutines use them
//	moving=N    N moves of a channel from vCPU to vCPU while events come
//	vcpus=N     N events at each vCPU
//	ports=N     events with N ports bound: what one costs
//	burst=N     events at N ports at once
//	exhaust=N   all ports taken, at least N, and given back
//	highest=N   all ports taken, up to number N, and an event at each
//	priority=0  which of Xen's two interfaces it is: only one has priorities
//	virq=N      N virtual interrupts, which somebody in dom0 must have Xen send
//
// For each word it prints ok at the end.
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
	"storm": storm, "idle": idle,
	"cancel": cancel, "masked": masked, "closing": closing, "moving": moving, "vcpus": vcpus,
	"ports": ports, "burst": burst, "exhaust": exhaust, "highest": highest, "priority": priority,
	"virq": virq,
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
