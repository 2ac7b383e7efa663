// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Bytes through a vchan alone, between the two ends of a call, with rings of a call's
// size. Each in a goroutine of its own.

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/vchan"
)

// rawPort is no port of a call.
const rawPort = 900

// raw sends bytes to a domain, which a call has come here for them.
func (c *caller) raw(ctx context.Context, target string, n int64, id abi.Domid_t) string {
	own, err := c.platform.Store.Domid(ctx)
	if err != nil {
		return err.Error()
	}
	l, err := vchan.Listen(ctx, c.platform, id, vchan.Path(id, rawPort), vchan.Rings{Read: byvchan.Small, Write: byvchan.Small})
	if err != nil {
		return err.Error()
	}
	defer l.Close()
	call, err := c.Call(ctx, target, "domlet.Raw", fmt.Sprint(own))
	if err != nil {
		return err.Error()
	}
	defer call.Close()
	conn, err := l.AcceptContext(ctx)
	if err != nil {
		return err.Error()
	}
	start := time.Now()
	_, err = io.Copy(struct{ io.Writer }{conn}, io.LimitReader(zeros{}, n))
	conn.Close()
	if code, lost := call.Wait(); err != nil || lost != nil || code != 0 {
		return fmt.Sprintf("code %d, %v, %v", code, err, lost)
	}
	return rate(n, start)
}

// raw goes to a domain, which the argument is the number of, and drops what comes.
func raw(ctx context.Context, p *platform.Platform, r *qrexec.Request) int {
	own, err := p.Store.Domid(ctx)
	if err != nil {
		return 1
	}
	conn, err := vchan.Dial(ctx, p, abi.Domid_t(number(r.Argument)), vchan.Path(own, rawPort))
	if err != nil {
		return 1
	}
	defer conn.Close()
	if _, err := io.Copy(struct{ io.Writer }{io.Discard}, conn); err != nil {
		return 1
	}
	return 0
}
