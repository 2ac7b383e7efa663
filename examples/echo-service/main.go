// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command echo-service is a domain that serves others: domlet.Echo gives back what
// it is sent, domlet.Hash says its SHA-256. Dom0 attaches it to a relay, which is
// services/qrexec/domain:
//
//	domlet-ctl attach -as qrexec echo-service relay
//
// Under Qubes OS, "echo-service qubes" has dom0 as its daemon.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/vm"
	"github.com/domlet/domlet/xen/platform/local"
)

// It has package net for the types of connections, and no network.
//
//domlet:offline
//domlet:cfg memory=32

func main() {
	if err := run(context.Background(), len(os.Args) > 1 && os.Args[1] == "qubes"); err != nil {
		fmt.Fprintln(os.Stderr, "echo-service:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, qubes bool) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	mux := qrexec.NewMux()
	mux.HandleFunc("domlet.Echo", echo)
	mux.HandleFunc("domlet.Hash", hash)
	agent := &qrexec.Agent{
		Transport: byvchan.New(p, qubes),
		Handler:   mux,
		Go:        func(f func()) { go f() },
		Logf:      func(format string, args ...any) { fmt.Printf(format+"\n", args...) },
	}
	fmt.Println("serving")
	if qubes {
		vm.Register(mux, p.Clock)
		return vm.Run(ctx, agent, "qrexec")
	}
	return byvchan.Run(ctx, p.Store, agent)
}

// echo gives back what comes.
func echo(_ context.Context, r *qrexec.Request) int {
	if _, err := io.Copy(r.Stdout, r.Stdin); err != nil {
		return 1
	}
	return 0
}

// hash says what comes in 64 digits.
func hash(_ context.Context, r *qrexec.Request) int {
	h := sha256.New()
	if _, err := io.Copy(h, r.Stdin); err != nil {
		return 1
	}
	fmt.Fprintf(r.Stdout, "%x\n", h.Sum(nil))
	return 0
}
