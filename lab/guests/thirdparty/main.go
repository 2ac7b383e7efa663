// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command thirdparty uses the network through other people's modules, unchanged, over
// loopback: each case named on the command line prints "ok NAME". On Linux it does the
// same. It is a module of its own, so that nobody else depends on them.
package main

import (
	"errors"
	"fmt"
	"os"
)

// cases are the modules, by name.
var cases = map[string]func() error{
	"dns":  dnsCase,
	"grpc": grpcCase,
	"icmp": icmpCase,
	"quic": quicCase,
	"xnet": xnetCase,
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
