// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command rounds measures round trips of pastes: DOMAIN SIZE COUNT. It keeps within
// the rate that a clipboard allows. On the main goroutine.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform/local"
	"github.com/domlet/domlet/xen/vchan"
)

func main() {
	n, err := numbers(os.Args[1:])
	if err == nil {
		err = run(context.Background(), abi.Domid_t(n[0]), n[1], n[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// numbers reads the arguments.
func numbers(words []string) (n [3]int, err error) {
	if len(words) != len(n) {
		return n, fmt.Errorf("want a domain's number, a size and a count")
	}
	for i, word := range words {
		if n[i], err = strconv.Atoi(word); err != nil {
			return n, err
		}
	}
	return n, nil
}

func run(ctx context.Context, domain abi.Domid_t, size, count int) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	own, err := p.Store.Domid(ctx)
	if err != nil {
		return err
	}
	c, err := vchan.Dial(ctx, p, domain, vchan.Path(own, clipboard.Port))
	if err != nil {
		return err
	}
	defer c.Close()
	took, err := rounds(clipboard.NewConn(c), bytes.Repeat([]byte("x"), size), count)
	if err != nil {
		return err
	}
	slices.Sort(took)
	fmt.Printf("%d pastes: p50 %v, p99 %v, least %v\n", count, took[count/2], took[count*99/100], took[0])
	return nil
}

// rounds copies and pastes, and returns how long each paste took. A clipboard takes ten requests a second.
func rounds(c *clipboard.Conn, text []byte, count int) (took []time.Duration, err error) {
	into := make([]byte, clipboard.MaxLimit)
	for range count {
		if _, err := c.Copy(clipboard.Meta{Type: "text/plain"}, text); err != nil {
			return nil, err
		}
		begin := time.Now()
		p, err := c.Paste(into)
		took = append(took, time.Since(begin))
		if err != nil || !bytes.Equal(into[:p.Size], text) {
			return nil, fmt.Errorf("pasted %d bytes, %w", p.Size, err)
		}
		time.Sleep(220 * time.Millisecond)
	}
	return took, nil
}
