// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command netpeer is both ends of the network's tests and figures: a server that
// runs as a domain and as a Linux process alike, and the clients that measure and
// try it.
//
//	netpeer serve                        all servers, until somebody ends it
//	netpeer up|down|echo HOST BYTES      a stream to, from, or there and back
//	netpeer http HOST N DURATION         pages, by N connections that stay open
//	netpeer get URL                      one page, whoever signed the certificate
//	netpeer datagrams-up|datagrams-down HOST SIZE DURATION
//	                                     as many as go
//	netpeer many HOST N                  N connections at once
//	netpeer connect HOST N DURATION      connections one after the other, N at a time
//	netpeer hold HOST N DURATION         N streams to somebody who does not read
//	netpeer steady HOST DURATION         one connection that says a line now and then
//	netpeer syn HOST RATE DURATION       beginnings of connections from nobody
//	netpeer cputime DOMID                what a domain has used of processors
//
// Every byte of a stream is checked. What is measured is printed as NAME=NUMBER,
// times in nanoseconds. On goroutines.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Ports of the servers.
const (
	streamPort   = "9000"
	datagramPort = "9001"
	webPort      = "80"
)

// commands are what it does, by name, each with the number of its arguments.
var commands = map[string]struct {
	words int
	run   func(args []string) error
}{
	"serve":          {0, func([]string) error { return serve() }},
	"up":             {2, func(args []string) error { return stream(kindUp, args) }},
	"down":           {2, func(args []string) error { return stream(kindDown, args) }},
	"echo":           {2, func(args []string) error { return stream(kindEcho, args) }},
	"http":           {3, web},
	"get":            {1, get},
	"datagrams-up":   {3, datagrams(datagramsUp)},
	"datagrams-down": {3, datagrams(datagramsDown)},
	"many":           {2, many},
	"connect":        {3, connect},
	"hold":           {3, hold},
	"steady":         {2, steady},
	"syn":            {3, syn},
	"cputime":        {1, cputime},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: netpeer COMMAND ARGUMENT...")
	}
	c, ok := commands[args[0]]
	if !ok || len(args)-1 != c.words {
		return fmt.Errorf("there is no command %q with %d arguments", args[0], len(args)-1)
	}
	return c.run(args[1:])
}

// countAndTime reads the last two arguments of a command.
func countAndTime(args []string) (n int, d time.Duration, err error) {
	if n, err = strconv.Atoi(args[0]); err != nil {
		return n, d, err
	}
	d, err = time.ParseDuration(args[1])
	return n, d, err
}
