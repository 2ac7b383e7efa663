// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a connection costs, by who is at its other end. Domains in memory. Host.

package byvchan_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/xentest"
)

// TestRings: who listens has 3 pages for a call between ends of domlet's, and 33 where the other end is Qubes' own, as that has;
// for a control connection 3. Each carries as many bytes as it has room for before the other end reads.
func TestRings(t *testing.T) {
	for _, c := range []struct {
		what   string
		qubes  bool
		port   wire.Port
		pages  int
		unread int
	}{
		{"a call between ends of domlet's", false, 513, 3, 4096},
		{"a call with Qubes' programs", true, 513, 33, 65536},
		{"control of domlet's relay", false, wire.ControlPort, 3, 4096},
		{"control of Qubes' daemon", true, wire.ControlPort, 3, 4096},
	} {
		t.Run(c.what, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			host := xentest.New(t, 1)
			listens, dials := host.Domain(1), host.Domain(2)
			accepted := make(chan net.Conn, 1)
			go func() {
				conn, err := byvchan.New(listens.Platform(), c.qubes).Accept(ctx, 2, c.port)
				if err != nil {
					t.Error(err)
				}
				accepted <- conn
			}()
			theirs, err := byvchan.New(dials.Platform(), false).Dial(ctx, 1, c.port)
			if err != nil {
				t.Fatal(err)
			}
			defer theirs.Close()
			ours := <-accepted
			if ours == nil {
				t.FailNow()
			}
			defer ours.Close()
			if got := listens.Grants().Stats().Shared; got != c.pages {
				t.Errorf("%d pages, want %d", got, c.pages)
			}
			for _, end := range []net.Conn{ours, theirs} {
				end.SetWriteDeadline(time.Now().Add(time.Minute))
				if n, err := end.Write(make([]byte, c.unread)); n != c.unread || err != nil {
					t.Errorf("%d bytes go out before anybody reads, want %d; %v", n, c.unread, err)
				}
			}
		})
	}
}
