// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Bytes through rings of every order, honest and not. Host.

package vchan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
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
			through(t, r, &p.client.out, &p.server.in)
			through(t, r, &p.server.out, &p.client.in)
		}
	}
}

// through sends three ringfuls and compares.
func through(t *testing.T, r *rand.Rand, from, to *stream) {
	t.Helper()
	sent := text(r, 3*int(from.size)+1)
	var got []byte
	for rest := sent; len(got) < len(sent); {
		n, err := from.move(rest[:r.Intn(len(rest)+1)])
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
		b := make([]byte, r.Intn(int(to.size)+1))
		if n, err = to.move(b); err != nil {
			t.Fatal(err)
		}
		got = append(got, b[:n]...)
	}
	if !bytes.Equal(got, sent) {
		t.Fatalf("a ring of %d bytes changed what went through", from.size)
	}
	if ok, err := from.drained(); !ok || err != nil {
		t.Fatalf("drained: %v, %v", ok, err)
	}
}

// TestFullAndEmpty: a full ring takes nothing, an empty one gives nothing, and all of the ring can be used.
func TestFullAndEmpty(t *testing.T) {
	for _, start := range starts {
		p := newPair(orders{12, 11}, start)
		out, in := &p.client.out, &p.server.in
		if n, err := out.move(make([]byte, 5000)); n != 4096 || err != nil {
			t.Fatalf("%d bytes went into 4096, %v", n, err)
		}
		if n, err := out.move([]byte{1}); n != 0 || err != nil {
			t.Fatalf("%d bytes went into a full ring, %v", n, err)
		}
		if n, err := in.move(make([]byte, 5000)); n != 4096 || err != nil {
			t.Fatalf("%d bytes came out of 4096, %v", n, err)
		}
		if n, err := in.move(make([]byte, 1)); n != 0 || err != nil {
			t.Fatalf("%d bytes came out of an empty ring, %v", n, err)
		}
	}
}

// TestPeekAndSkip reads in place: up to the end of the ring, then from its beginning.
func TestPeekAndSkip(t *testing.T) {
	p := newPair(orders{12, 11}, 4093)
	p.client.out.move([]byte("abcdefgh"))
	var got []string
	for {
		size := 0
		if err := p.server.in.peek(func(b []byte) { got, size = append(got, string(b)), len(b) }); err != nil {
			t.Fatal(err)
		}
		n, err := p.server.in.skip(max(size, 1))
		if n != size || err != nil {
			t.Fatalf("skip = %d, %v", n, err)
		}
		if size == 0 {
			break
		}
	}
	if len(got) != 3 || got[0] != "abc" || got[1] != "defgh" || got[2] != "" {
		t.Errorf("%q", got)
	}
}

// TestHostileIndex: an index that says more than a ring holds, in either direction, at either end, ends the stream for
// good, and nothing is moved. The last of these is what QSB-010 calls a negative size.
func TestHostileIndex(t *testing.T) {
	for _, lie := range []uint32{4097, 5000, 1 << 31, 1<<31 + 5, 1<<32 - 1} {
		p := newPair(orders{12, 12}, 7)
		p.page.Store32(leftProd, 7+lie)  // the client to the server's reader
		p.page.Store32(rightProd, 7+lie) // the server to the client's reader
		refused(t, p, &p.server.in, leftProd)
		refused(t, p, &p.client.in, rightProd)

		p = newPair(orders{12, 12}, 7)
		p.page.Store32(rightCons, 7-lie) // the client to the server's writer: more unread than fits, or less than nothing
		p.page.Store32(leftCons, 7-lie)  // the server to the client's
		refused(t, p, &p.server.out, rightCons)
		refused(t, p, &p.client.out, leftCons)
	}
}

// refused wants s to refuse everything, also after the index at off has been mended.
func refused(t *testing.T, p *pair, s *stream, off uint32) {
	t.Helper()
	mine := p.page.Load32(s.mine)
	for range 2 {
		n, err := s.move(make([]byte, 10))
		_, some := s.some()
		_, skip := s.skip(1)
		peek := s.peek(func([]byte) { t.Error("peeked") })
		for _, err := range []error{err, some, skip, peek} {
			if !errors.Is(err, errIndex) {
				t.Errorf("not refused: %v", err)
			}
		}
		if n != 0 || p.page.Load32(s.mine) != mine {
			t.Errorf("%d bytes were moved", n)
		}
		p.page.Store32(off, mine)
	}
}

// TestOwnIndexOverwritten: a partner that writes our own index gets no further with it.
func TestOwnIndexOverwritten(t *testing.T) {
	p := newPair(orders{12, 12}, 0)
	p.client.out.move([]byte("abc"))
	for _, off := range []uint32{leftCons, rightProd} {
		p.page.Store32(off, 1<<31)
	}
	b := make([]byte, 10)
	if n, err := p.server.in.move(b); string(b[:n]) != "abc" || err != nil {
		t.Errorf("read %q, %v", b[:n], err)
	}
	if n, err := p.server.out.move(b); n != 10 || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	if at := p.page.Load32(rightProd); at != 10 {
		t.Errorf("the index stands at %d", at)
	}
}

// TestOrdersChangeLater: what the page says about sizes after the beginning is not looked at.
func TestOrdersChangeLater(t *testing.T) {
	p := newPair(orders{12, 12}, 0)
	p.page.Store32(ordersAt, 20|20<<16)
	for _, s := range []*stream{&p.server.in, &p.server.out, &p.client.in, &p.client.out} {
		if s.size != 4096 {
			t.Errorf("a ring has %d bytes now", s.size)
		}
	}
	if n, _ := p.client.out.move(make([]byte, 8192)); n != 4096 {
		t.Errorf("%d bytes went into 4096", n)
	}
}

// FuzzHostile lets the partner write any words of the page between our moves: no move leaves the memory, and no move is
// larger than the ring.
func FuzzHostile(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 4, 0xff, 0xff, 0xff, 0xff, 2, 20, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, script []byte) {
		p := newPair(orders{12, 11}, 0)
		streams := []*stream{&p.server.in, &p.server.out, &p.client.in, &p.client.out}
		for ; len(script) >= 6; script = script[6:] {
			p.page.Store32(uint32(script[1])%(grantsAt+40), binary.LittleEndian.Uint32(script[2:]))
			s := streams[script[0]%4]
			n, err := s.move(make([]byte, 3000))
			if n > int(s.size) || err != nil && n != 0 {
				t.Fatalf("moved %d of %d, %v", n, s.size, err)
			}
			s.peek(func(b []byte) {
				if len(b) > int(s.size) {
					t.Fatalf("peeked at %d of %d", len(b), s.size)
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
