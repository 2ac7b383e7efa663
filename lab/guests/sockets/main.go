// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command sockets checks package net over loopback: each case named on the
// command line prints "ok NAME". On Linux it does the same.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/domlet/domlet/lab/guests/sockets/first"
)

// cases are the properties, by name.
var cases = map[string]func() error{
	"init":       func() error { return first.Err },
	"stream":     streams,
	"stacks":     stacks,
	"many":       many,
	"deadlines":  deadlines,
	"refused":    refused,
	"datagrams":  datagrams,
	"unix":       unixSockets,
	"interfaces": interfaces,
	"reuseport":  reusePort,
	"multicast":  multicast,
	"web":        web,
}

func main() {
	failed := false
	for _, name := range os.Args[1:] {
		run, ok := cases[name]
		err := errors.New("there is no such case")
		if ok {
			err = run()
		}
		if err != nil {
			fmt.Printf("FAIL %s: %v\n", name, err)
			failed = true
			continue
		}
		fmt.Println("ok", name)
	}
	if failed {
		os.Exit(1)
	}
}
