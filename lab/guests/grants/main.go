// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command grants has a domain, or a Linux with Xen's devices, grant memory to
// itself, and runs what every backend of package grant must do.
//
//	grants all        every case, as large as in every test run
//	grants NAME=N     one case, repeated N times or for N pages
//	grants full=N     fills a grant table of N frames and empties it
//	grants maps=N     maps pages until Xen tracks no more, which is after N or more
//	grants scattered=N  shares N pages at once when no N frames follow each other
//	grants zeros=N    looks at N pages where they were mapped, which it must not
//	grants cost=map   what calls cost; with cost=nomap no page is mapped
//	grants alarmed=N  N processes that map while signals come; in dom0
//	grants survive N  N times ten pages whose other user in dom0 is killed; a domain
//	grants kill ID    starts and kills those users, for the domain ID; in dom0
//	grants prey ID [REF]...  is one of them
//
// It prints what the table is and ok for each case.
package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/xentest/granttest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
}

func run(words []string) error {
	if len(words) > 0 && slices.Contains([]string{"survive", "kill", "prey"}, words[0]) {
		return killing(words[0], words[1:])
	}
	table, err := grant.Local()
	if err != nil {
		return err
	}
	bus, err := evtchn.Local()
	if err != nil {
		return err
	}
	self, err := evtchn.Self(bus)
	if err != nil {
		return err
	}
	end := granttest.End{Table: table, ID: self}
	for _, word := range words {
		name, number, _ := strings.Cut(word, "=")
		switch name {
		case "full":
			err = fill(end, number)
		case "maps":
			err = mapAll(granttest.Pair{Granter: end, Peer: end}, number)
		case "scattered":
			err = scattered(granttest.Pair{Granter: end, Peer: end}, number)
		case "zeros":
			err = zeros(granttest.Pair{Granter: end, Peer: end}, number)
		case "alarmed":
			err = alarmed(number)
		case "alarm":
			err = alarm(end)
		case "cost":
			err = cost(end, number == "map")
		default:
			err = runCases(granttest.Pair{Granter: end, Peer: end}, word)
		}
		if err != nil {
			return err
		}
	}
	fmt.Printf("%+v\n", table.Stats())
	return nil
}

func runCases(p granttest.Pair, word string) error {
	name, number, _ := strings.Cut(word, "=")
	found := false
	for _, c := range granttest.Cases() {
		if name != "all" && name != c.Name {
			continue
		}
		n, err := strconv.Atoi(number)
		if number == "" {
			n, err = c.N, nil
		}
		start := time.Now()
		if err == nil {
			err = c.Run(p, n)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		fmt.Printf("ok %s=%d %v\n", c.Name, n, time.Since(start).Round(time.Microsecond))
		found = true
	}
	if !found {
		return fmt.Errorf("no case %q", name)
	}
	return nil
}
