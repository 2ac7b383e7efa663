// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Bytes through rings of every order. Host.

package vchan

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"strconv"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
)

// starts are places where indices may stand: the beginning, before the end of a ring, before 2^32.
var starts = []uint32{0, 1, 1<<smallOrder - 3, 1<<pageOrder - 3, 1<<32 - 5, 1<<32 - 1024}

// layouts are all pairs of orders a server may choose.
func layouts() []orders {
	list := []orders{{10, 11}, {11, 10}}
	for o := order(pageOrder); o <= maxOrder; o++ {
		list = append(list, orders{largeOrder, o}, orders{o, largeOrder}, orders{o, o})
	}
	return list
}

// text returns n random bytes.
func text(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	r.Read(b)
	return b
}

// TestBothWays fills and empties both rings of every layout in random portions.
func TestBothWays(t *testing.T) {
	r := testkit.Rand(t)
	for _, o := range layouts() {
		for _, start := range starts {
			p := newPair(o, start)
			through(t, r, p.client.out, p.server.in)
			through(t, r, p.server.out, p.client.in)
		}
	}
}

// through sends three ringfuls and compares.
func through(t *testing.T, r *rand.Rand, from, to *ring.Stream) {
	t.Helper()
	size, err := from.Room()
	if err != nil {
		t.Fatal(err)
	}
	sent := text(r, 3*int(size)+1)
	var got []byte
	for rest := sent; len(got) < len(sent); {
		n, err := from.Move(rest[:r.Intn(len(rest)+1)])
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
		b := make([]byte, r.Intn(int(size)+1))
		if n, err = to.Move(b); err != nil {
			t.Fatal(err)
		}
		got = append(got, b[:n]...)
	}
	if !bytes.Equal(got, sent) {
		t.Fatalf("a ring of %d bytes changed what went through", size)
	}
	if ok, err := from.Drained(); !ok || err != nil {
		t.Fatalf("drained: %v, %v", ok, err)
	}
}

// TestOrdersChangeLater: what the page says about sizes after the beginning is not looked at.
func TestOrdersChangeLater(t *testing.T) {
	p := newPair(orders{12, 12}, 0)
	p.page.Store32(ordersAt, 20|20<<16)
	for _, s := range []*ring.Stream{p.client.out, p.server.out, p.server.in, p.client.in} {
		if n, err := s.Move(make([]byte, 8192)); n != 4096 || err != nil {
			t.Errorf("%d bytes were moved through a ring of 4096, %v", n, err)
		}
	}
}

// BenchmarkMove writes and reads a ring of a page, over memory as package grant has it.
func BenchmarkMove(b *testing.B) {
	for _, size := range []int{80, 4096} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			page, data := grant.NewMemory(make([]byte, pageSize)), grant.NewMemory(make([]byte, 2*pageSize))
			o := orders{12, 12}
			format(page, o, nil)
			server, client := newServer(page, o, rings{data, data}), newClient(page, o, rings{data, data})
			p := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				client.out.Move(p)
				server.in.Move(p)
			}
		})
	}
}

// FuzzHostile lets the partner write any words of the page between our moves: no move leaves the memory, and no move is
// larger than the ring.
func FuzzHostile(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 4, 0xff, 0xff, 0xff, 0xff, 2, 20, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, script []byte) {
		p := newPair(orders{12, 11}, 0)
		streams := []*ring.Stream{p.server.in, p.server.out, p.client.in, p.client.out}
		sizes := []uint32{p.orders.left.size(), p.orders.right.size(), p.orders.right.size(), p.orders.left.size()}
		for ; len(script) >= 6; script = script[6:] {
			p.page.Store32(uint32(script[1])%(grantsAt+40), binary.LittleEndian.Uint32(script[2:]))
			s, size := streams[script[0]%4], sizes[script[0]%4]
			n, err := s.Move(make([]byte, 3000))
			if n > int(size) || err != nil && n != 0 {
				t.Fatalf("moved %d of %d, %v", n, size, err)
			}
			s.Peek(func(b []byte) {
				if len(b) > int(size) {
					t.Fatalf("peeked at %d of %d", len(b), size)
				}
			})
			for _, side := range []*side{p.server, p.client} {
				side.request(whenRead)
				side.owed(whenWritten)
				side.partner()
			}
		}
	})
}
