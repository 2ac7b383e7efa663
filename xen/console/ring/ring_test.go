// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The rings against an honest other side, a broken one, and any one. Host.

package ring

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"runtime"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/raw"
)

// peer is the other side of a console page: what xenconsoled does.
type peer struct {
	page raw.Page
	addr uintptr
	mem  []byte
}

// newPage returns the two sides of a page whose indices all stand at start.
func newPage(t testing.TB, start uint32) (*Ring, *peer) {
	addr, mem := testkit.Memory(t, raw.PageSize)
	p := &peer{raw.At(addr), addr, mem}
	for _, off := range []uint32{inCons, inProd, outCons, outProd} {
		p.page.Store32(off, start)
	}
	r := new(Ring)
	r.Init(addr)
	return r, p
}

// take returns what the domain wrote and gives the room back.
func (p *peer) take(most int) []byte {
	cons, prod := p.page.Load32(outCons), p.page.Load32(outProd)
	b := make([]byte, min(most, int(prod-cons)))
	for i := range b {
		p.page.CopyOut(b[i:i+1], out+(cons+uint32(i))%OutSize)
	}
	p.page.Store32(outCons, cons+uint32(len(b)))
	return b
}

// give sends as much of b as there is room for.
func (p *peer) give(b []byte) int {
	cons, prod := p.page.Load32(inCons), p.page.Load32(inProd)
	b = b[:min(len(b), int(InSize-(prod-cons)))]
	for i := range b {
		p.page.CopyIn(in+(prod+uint32(i))%InSize, b[i:i+1])
	}
	p.page.Store32(inProd, prod+uint32(len(b)))
	return len(b)
}

// starts are places where the indices may stand: the beginning, just before the
// end of a ring, and just before 2^32.
var starts = []uint32{0, 1, InSize - 3, OutSize - 3, 1<<32 - 5, 1<<32 - 2048}

// text returns n bytes, all neighbours different.
func text(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i/256)
	}
	return b
}

func TestLayout(t *testing.T) {
	got := []uint32{in, out, inCons, inProd, outCons, outProd, InSize, OutSize}
	want := []uint32{0, 1024, 3072, 3076, 3080, 3084, 1024, 2048}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("number %d is %d, want %d", i, got[i], want[i])
		}
	}
}

func TestNoPage(t *testing.T) {
	var r Ring
	if r.Write([]byte("x")) != 0 || r.Read(make([]byte, 1)) != 0 || r.Free() != 0 || r.Broken() {
		t.Error("a ring without a page moved something")
	}
}

func TestWriteUntilFull(t *testing.T) {
	for _, start := range starts {
		r, p := newPage(t, start)
		want := text(int(OutSize))
		if n := r.Write(append(want, "too much"...)); n != len(want) || r.Free() != 0 {
			t.Errorf("at %#x: wrote %d, free %d", start, n, r.Free())
		}
		if n := r.Write([]byte("x")); n != 0 {
			t.Errorf("at %#x: wrote %d to a full ring", start, n)
		}
		if got := p.take(1); !bytes.Equal(got, want[:1]) || r.Write([]byte("xy")) != 1 {
			t.Errorf("at %#x: one byte of room is not used right", start)
		}
		if got := p.take(int(OutSize)); !bytes.Equal(got, append(want[1:], 'x')) {
			t.Errorf("at %#x: other bytes arrived", start)
		}
		if n, ok := r.Unsent(); n != 0 || !ok {
			t.Errorf("at %#x: %d unsent, %v", start, n, ok)
		}
	}
}

func TestReadUntilEmpty(t *testing.T) {
	for _, start := range starts {
		r, p := newPage(t, start)
		want := text(int(InSize))
		if n := p.give(append(want, 'x')); n != len(want) {
			t.Fatalf("gave %d", n)
		}
		if n, ok := r.Pending(); n != InSize || !ok {
			t.Errorf("at %#x: %d pending, %v", start, n, ok)
		}
		got := make([]byte, InSize+10)
		first := r.Read(got[:5])
		n := first + r.Read(got[first:])
		if first != 5 || !bytes.Equal(got[:n], want) {
			t.Errorf("at %#x: read %d and %d", start, first, n)
		}
		if r.Read(got) != 0 || p.give([]byte("x")) != 1 {
			t.Errorf("at %#x: an empty ring gave something, or kept its room", start)
		}
	}
}

func TestNothingMovesForEmptySlices(t *testing.T) {
	r, p := newPage(t, 0)
	p.give([]byte("abc"))
	if r.Write(nil) != 0 || r.Read(nil) != 0 || p.page.Load32(outProd) != 0 || p.page.Load32(inCons) != 0 {
		t.Error("an empty slice moved an index")
	}
}

func TestInitTakesUpWhereThePageStands(t *testing.T) {
	r, p := newPage(t, 100)
	r.Write([]byte("before"))
	p.give([]byte("input"))
	r.Read(make([]byte, 2))
	var again Ring
	again.Init(p.addr)
	again.Write([]byte(" after"))
	got := make([]byte, 9)
	if n := again.Read(got); string(got[:n]) != "put" {
		t.Errorf("read %q", got[:n])
	}
	if b := p.take(99); string(b) != "before after" {
		t.Errorf("took %q", b)
	}
}

// Whoever writes over this side's indices does not move this side.
func TestOwnIndicesAreNotReadBack(t *testing.T) {
	r, p := newPage(t, 0)
	r.Write([]byte("abc"))
	p.give([]byte("xyz"))
	p.page.Store32(outProd, 77777)
	p.page.Store32(inCons, 1<<31)
	got := make([]byte, 3)
	if n := r.Read(got); string(got[:n]) != "xyz" || r.Write([]byte("def")) != 3 {
		t.Errorf("read %q", got)
	}
	if p.page.Load32(outProd) != 6 || p.page.Load32(inCons) != 3 {
		t.Error("the indices were not put right")
	}
}

func TestBrokenIndices(t *testing.T) {
	for _, bad := range []uint32{1, OutSize + 1, 1 << 31, 1<<32 - 2049} {
		r, p := newPage(t, 0)
		p.page.Store32(outCons, bad)
		if n, ok := r.Unsent(); ok || !r.Broken() || r.Free() != 0 || r.Write([]byte("x")) != 0 {
			t.Errorf("out_cons %#x: %d unsent, %v", bad, n, ok)
		}
		p.page.Store32(outCons, 0)
		if r.Broken() || r.Write([]byte("x")) != 1 {
			t.Errorf("out_cons %#x: no way back", bad)
		}
	}
	for _, bad := range []uint32{InSize + 1, 1 << 31, 1<<32 - 1} {
		r, p := newPage(t, 0)
		p.page.Store32(inProd, bad)
		if n, ok := r.Pending(); ok || !r.Broken() || r.Read(make([]byte, 1)) != 0 {
			t.Errorf("in_prod %#x: %d pending, %v", bad, n, ok)
		}
		if r.Write([]byte("x")) != 1 {
			t.Errorf("in_prod %#x stops the output", bad)
		}
	}
}

// storm overwrites the four indices with anything, often almost right.
func storm(rnd *rand.Rand, p *peer) {
	off := []uint32{inCons, inProd, outCons, outProd}[rnd.Intn(4)]
	v := rnd.Uint32()
	if rnd.Intn(2) == 0 {
		v = p.page.Load32(off) + uint32(rnd.Intn(5000)) - 2500
	}
	p.page.Store32(off, v)
}

// The guards around the page, and around the ring that is not written, say
// whether an access went astray.
func TestIndexStorm(t *testing.T) {
	rnd := testkit.Rand(t)
	for round := 0; round < 50; round++ {
		r, p := newPage(t, rnd.Uint32())
		clear(p.mem[in : in+InSize])
		for i := 0; i < 500; i++ {
			storm(rnd, p)
			if n := r.Write(text(rnd.Intn(3000))); n > int(OutSize) {
				t.Fatalf("wrote %d", n)
			}
			if n := r.Read(make([]byte, rnd.Intn(2000))); n > int(InSize) {
				t.Fatalf("read %d", n)
			}
		}
		if !bytes.Equal(p.mem[in:in+InSize], make([]byte, InSize)) || p.mem[outProd+4] != 0xee {
			t.Fatal("output outside of its ring")
		}
	}
}

// Two goroutines and an honest protocol: nothing is lost, doubled or reordered,
// and the race detector agrees that the indices order the bytes.
func TestBothSidesAtOnce(t *testing.T) {
	const total = 200_000
	r, p := newPage(t, 1<<32-1000)
	sent := text(total)
	done := make(chan []byte)
	go func() {
		rnd := rand.New(rand.NewSource(1))
		var got []byte
		for given := 0; len(got) < total || given < total; runtime.Gosched() {
			got = append(got, p.take(1+rnd.Intn(3000))...)
			given += p.give(sent[given:min(total, given+1+rnd.Intn(1500))])
		}
		done <- got
	}()
	rnd := testkit.Rand(t)
	var echo []byte
	buf := make([]byte, 1500)
	for written := 0; len(echo) < total || written < total; runtime.Gosched() {
		written += r.Write(sent[written:min(total, written+1+rnd.Intn(3000))])
		echo = append(echo, buf[:r.Read(buf[:1+rnd.Intn(1499)])]...)
	}
	if got := <-done; !bytes.Equal(got, sent) || !bytes.Equal(echo, sent) {
		t.Error("the bytes changed on the way")
	}
}

// FuzzScript runs a script of five-byte steps: a number that says what to do,
// and a word to do it with.
func FuzzScript(f *testing.F) {
	f.Add([]byte("\x00\xff\x07\x00\x00\x02\x01\x00\x00\x00"))
	f.Add([]byte("\x05\xff\xff\xff\xff\x01\x00\x04\x00\x00"))
	f.Fuzz(func(t *testing.T, script []byte) {
		r, p := newPage(t, 0)
		for ; len(script) >= 5; script = script[5:] {
			stepScript(t, r, p, script[0], binary.LittleEndian.Uint32(script[1:]))
		}
	})
}

func stepScript(t *testing.T, r *Ring, p *peer, op byte, v uint32) {
	switch op % 6 {
	case 0:
		free := r.Free()
		if n := r.Write(text(int(v % 4096))); uint32(n) != min(free, v%4096) {
			t.Fatalf("wrote %d of %d with %d free", n, v%4096, free)
		}
	case 1:
		pending, ok := r.Pending()
		if n := r.Read(make([]byte, v%4096)); ok && uint32(n) != min(pending, v%4096) || !ok && n != 0 {
			t.Fatalf("read %d of %d pending, %v", n, pending, ok)
		}
	default:
		p.page.Store32([]uint32{inCons, inProd, outCons, outProd}[op%6-2], v)
	}
}

func BenchmarkWriteTake80(b *testing.B) {
	r, p := newPage(b, 0)
	line := text(80)
	for b.Loop() {
		r.Write(line)
		p.page.Store32(outCons, r.written)
	}
}
