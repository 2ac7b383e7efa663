// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a server that overwrites leaves in its pages. Host.

package vchan_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/vchan"
)

// spy is a grant table that remembers what it shared.
type spy struct {
	grant.Table
	shared []*grant.Shared
}

func (s *spy) Share(peer abi.Domid_t, pages int, readOnly bool) (*grant.Shared, error) {
	mem, err := s.Table.Share(peer, pages, readOnly)
	s.shared = append(s.shared, mem)
	return mem, err
}

// count returns how often text stands in the shared pages.
func (s *spy) count(text []byte) (n int) {
	for _, mem := range s.shared {
		mem.Memory().Peek(0, mem.Memory().Len(), func(b []byte) { n += bytes.Count(b, text) })
	}
	return n
}

// TestOverwrite: a marker that is sent to the server is gone from the rings when it was read; one that is sent by the server is
// gone when Drain has seen it read; Close leaves nothing of what nobody read.
func TestOverwrite(t *testing.T) {
	for _, ring := range []int{0, 4096} {
		w := newWorld(t)
		eyes := &spy{Table: w.sp.Grants}
		w.sp = &platform.Platform{Events: w.sp.Events, Grants: eyes, Store: w.sp.Store, Clock: w.sp.Clock}
		server, client := w.connect(vchan.Rings{Read: ring, Write: ring, Overwrite: true})
		marker := bytes.Repeat([]byte("!"), 32)
		got := make([]byte, 32)
		wants := func(when string, want int) {
			t.Helper()
			if n := eyes.count(marker); n != want {
				t.Errorf("rings of %d, %s: the marker is there %d times, want %d", ring, when, n, want)
			}
		}
		client.Write(marker)
		wants("written by the client", 1)
		if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, marker) {
			t.Fatalf("%q, %v", got, err)
		}
		wants("read by the server", 0)
		server.Write(marker)
		wants("written by the server", 1)
		if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, marker) {
			t.Fatalf("%q, %v", got, err)
		}
		if err := server.Drain(); err != nil {
			t.Fatal(err)
		}
		wants("read by the client", 0)
		server.Write(marker)
		client.Write(marker)
		wants("both ways", 2)
		server.Close()
		if n, err := client.Read(got); bytes.Contains(got[:n], []byte("!")) {
			t.Errorf("the client still reads %q, %v", got[:n], err)
		}
	}
}
