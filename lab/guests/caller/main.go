// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command caller is a domain that calls services of others, as its standard input or
// its arguments say, and serves domlet.Echo and domlet.Sink itself. Domain, or a
// process of Linux.
//
//	call LABEL TARGET SERVICE BYTES   call with so many random bytes, and say what came back
//	hold LABEL TARGET SERVICE COUNT   make so many calls to a service that echoes, and keep them
//	use LABEL HELD                    have each of those held under a label echo once more
//	lose LABEL HELD                   wait until they have ended by themselves
//	drop LABEL HELD                   give them up
//	speed LABEL TARGET COUNT          make empty calls, one after the other, and say how long they took
//	many LABEL TARGET COUNT LANES     make empty calls, so many at a time, and say how many there were in a second
//	flow LABEL TARGET BYTES           send so many bytes to a service that drops them
//	raw LABEL TARGET BYTES NUMBER     the same through a vchan alone, to TARGET, which has that number
//
// Each line is done in a goroutine of its own, and answered by one that begins with
// its label. Arguments are lines, done one after the other.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/platform/local"
)

// It has package net for the types of connections, and no network.
//
//domlet:offline

func main() {
	if err := run(context.Background(), os.Stdin, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "caller:", err)
		os.Exit(1)
	}
}

// caller is an agent and the calls that it keeps.
type caller struct {
	*qrexec.Agent
	platform *platform.Platform

	mu    sync.Mutex
	calls map[string][]*qrexec.Call
}

func run(ctx context.Context, orders io.Reader, first []string) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	mux := qrexec.NewMux()
	mux.HandleFunc("domlet.Echo", func(_ context.Context, r *qrexec.Request) int { return move(r.Stdout, r) })
	mux.HandleFunc("domlet.Sink", func(_ context.Context, r *qrexec.Request) int { return move(io.Discard, r) })
	mux.HandleFunc("domlet.Raw", func(ctx context.Context, r *qrexec.Request) int { return raw(ctx, p, r) })
	c := &caller{platform: p, Agent: &qrexec.Agent{
		Transport: &byvchan.Transport{Platform: p}, Handler: mux, Go: func(f func()) { go f() },
		Logf: func(format string, args ...any) { fmt.Printf(format+"\n", args...) },
	}, calls: map[string][]*qrexec.Call{}}
	fmt.Println("ready")
	go func() {
		for _, line := range first {
			c.do(ctx, line)
		}
		lines := bufio.NewScanner(orders)
		for lines.Scan() {
			go c.do(ctx, lines.Text())
		}
	}()
	return byvchan.Run(ctx, p.Store, c.Agent)
}

// move moves what a caller sends.
func move(to io.Writer, r *qrexec.Request) int {
	if _, err := io.Copy(to, r.Stdin); err != nil {
		return 1
	}
	return 0
}

// do does what a line says and prints the answer.
func (c *caller) do(ctx context.Context, line string) {
	words := strings.Fields(line)
	fmt.Printf("%s: %s\n", words[1], c.obey(ctx, words))
}

// obey does what a line says and returns the answer.
func (c *caller) obey(ctx context.Context, words []string) string {
	switch words[0] {
	case "call":
		return c.call(ctx, words[2], words[3], number(words[4]))
	case "hold":
		return c.hold(ctx, words[1], words[2], words[3], number(words[4]))
	case "use":
		return c.each(words[2], use)
	case "lose":
		return c.each(words[2], lose)
	case "drop":
		return c.each(words[2], (*qrexec.Call).Close)
	case "speed":
		return c.speed(ctx, words[2], number(words[3]))
	case "many":
		return c.many(ctx, words[2], number(words[3]), number(words[4]))
	case "raw":
		return c.raw(ctx, words[2], int64(number(words[3])), abi.Domid_t(number(words[4])))
	case "flow":
		return c.flow(ctx, words[2], int64(number(words[3])))
	}
	return "what?"
}

func number(word string) (n int) {
	fmt.Sscan(word, &n)
	return n
}
