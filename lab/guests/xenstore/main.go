// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command xenstore uses the xenstore of the machine it runs on: as a domain, in
// dom0, or in a Linux guest. Each word is a case; a number may follow it.
//
//	basic            every operation once, on values of all sizes
//	goroutines=N     N goroutines write and read at the same time
//	conflicts=N      N goroutines count up one node in transactions
//	watches          the quota of watches, and that the others still work
//	nodes            the quota of nodes
//	transactions     the quota of transactions
//	size             the quota of one node's bytes
//	permissions      the quota of one node's permissions
//	directory        a directory that does not fit into one message
//	outstanding=N    N requests at once, more than xenstored serves
//	stopped=N        requests with 20 ms of patience each, until a row of them was
//	                 given up in which another goroutine went on N times
//	latency=N        N reads one after the other
//	leave=N          use xenstore, sleep N ms, exit with code 3
//	midway=N         exit with code 3 while N goroutines write what fills the ring
//	deadlock         use xenstore, then wait for nobody
//
// It prints "ok" and the word, and ends with 1 at the first case that fails.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/store/local"
)

// bench is what a case works with.
type bench struct {
	ctx  context.Context
	stop func() // ends ctx, and its timer
	c    *store.Client
	base string // a node of our own
	n    int    // the case's number
}

var cases = map[string]func(*bench) error{
	"basic": basic, "goroutines": goroutines, "conflicts": conflicts, "watches": watches, "nodes": nodes,
	"transactions": transactions, "size": size, "permissions": permissions, "directory": directory, "outstanding": outstanding,
	"stopped": stopped, "latency": latency, "leave": leave, "midway": midway, "deadlock": deadlock,
}

func main() {
	for _, word := range os.Args[1:] {
		if err := run(word); err != nil {
			fmt.Printf("FAIL %s: %v\n", word, err)
			os.Exit(1)
		}
		fmt.Println("ok", word)
	}
}

// run runs one case on a node of its own.
func run(word string) error {
	name, arg, _ := strings.Cut(word, "=")
	f := cases[name]
	if f == nil {
		return fmt.Errorf("no such case")
	}
	n, _ := strconv.Atoi(arg)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	c, err := local.Open(ctx)
	if err != nil {
		return err
	}
	b := &bench{ctx, cancel, c, "data/" + name, n}
	if err := f(b); err != nil {
		return err
	}
	return c.Remove(ctx, b.base)
}
