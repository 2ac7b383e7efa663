// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The rings against an honest other side, a broken one, and any one. Host.

package bytering

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
	at   *Layout
}

// newPage returns the two sides of a page whose indices all stand at start.
func newPage(t testing.TB, at *Layout, start uint32) (*Ring, *peer) {
	addr, mem := testkit.Memory(t, raw.PageSize)
	p := &peer{raw.At(addr), addr, mem, at}
	for _, off := range p.indices() {
		p.page.Store32(off, start)
	}
	r := new(Ring)
	r.Init(addr, at)
	return r, p
}

// indices are the offsets of the four indices.
func (p *peer) indices() []uint32 {
	return []uint32{p.at.InCons, p.at.InProd, p.at.OutCons, p.at.OutProd}
}

// both runs a test for each layout.
func both(t *testing.T, f func(t *testing.T, at *Layout)) {
	t.Run("console", func(t *testing.T) { f(t, &Console) })
	t.Run("xenstore", func(t *testing.T) { f(t, &Xenstore) })
}

// take returns what the domain wrote and gives the room back.
func (p *peer) take(most int) []byte {
	cons, prod := p.page.Load32(p.at.OutCons), p.page.Load32(p.at.OutProd)
	b := make([]byte, min(most, int(prod-cons)))
	for i := range b {
		p.page.CopyOut(b[i:i+1], p.at.Out+(cons+uint32(i))%p.at.OutSize)
	}
	p.page.Store32(p.at.OutCons, cons+uint32(len(b)))
	return b
}

// give sends as much of b as there is room for.
func (p *peer) give(b []byte) int {
	cons, prod := p.page.Load32(p.at.InCons), p.page.Load32(p.at.InProd)
	b = b[:min(len(b), int(p.at.InSize-(prod-cons)))]
	for i := range b {
		p.page.CopyIn(p.at.In+(prod+uint32(i))%p.at.InSize, b[i:i+1])
	}
	p.page.Store32(p.at.InProd, prod+uint32(len(b)))
	return len(b)
}

// starts are places where the indices may stand: the beginning, just before the
// end of a ring, and just before 2^32.
var starts = []uint32{0, 1, 1024 - 3, 2048 - 3, 1<<32 - 5, 1<<32 - 2048}

// text returns n bytes, all neighbours different.
func text(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i/256)
	}
	return b
}

func TestLayouts(t *testing.T) {
	if want := (Layout{0, 1024, 1024, 2048, 3072, 3076, 3080, 3084}); Console != want {
		t.Errorf("console: %+v, want %+v", Console, want)
	}
	if want := (Layout{1024, 1024, 0, 1024, 2056, 2060, 2048, 2052}); Xenstore != want {
		t.Errorf("xenstore: %+v, want %+v", Xenstore, want)
	}
}

func TestNoPage(t *testing.T) {
	var r Ring
	if r.Write([]byte("x")) != 0 || r.Read(make([]byte, 1)) != 0 || r.Free() != 0 || r.Broken() {
		t.Error("a ring without a page moved something")
	}
}

func TestWriteUntilFull(t *testing.T) { both(t, writeUntilFull) }

func writeUntilFull(t *testing.T, at *Layout) {
	for _, start := range starts {
		r, p := newPage(t, at, start)
		want := text(int(p.at.OutSize))
		if n := r.Write(append(want, "too much"...)); n != len(want) || r.Free() != 0 {
			t.Errorf("at %#x: wrote %d, free %d", start, n, r.Free())
		}
		if n := r.Write([]byte("x")); n != 0 {
			t.Errorf("at %#x: wrote %d to a full ring", start, n)
		}
		if got := p.take(1); !bytes.Equal(got, want[:1]) || r.Write([]byte("xy")) != 1 {
			t.Errorf("at %#x: one byte of room is not used right", start)
		}
		if got := p.take(int(p.at.OutSize)); !bytes.Equal(got, append(want[1:], 'x')) {
			t.Errorf("at %#x: other bytes arrived", start)
		}
		if n, ok := r.Unsent(); n != 0 || !ok {
			t.Errorf("at %#x: %d unsent, %v", start, n, ok)
		}
	}
}

func TestReadUntilEmpty(t *testing.T) { both(t, readUntilEmpty) }

func readUntilEmpty(t *testing.T, at *Layout) {
	for _, start := range starts {
		r, p := newPage(t, at, start)
		want := text(int(p.at.InSize))
		if n := p.give(append(want, 'x')); n != len(want) {
			t.Fatalf("gave %d", n)
		}
		if n, ok := r.Pending(); n != p.at.InSize || !ok {
			t.Errorf("at %#x: %d pending, %v", start, n, ok)
		}
		got := make([]byte, p.at.InSize+10)
		if n := r.Peek(got); n != len(want) || !bytes.Equal(got[:n], want) {
			t.Errorf("at %#x: peeked %d", start, n)
		}
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

func TestNothingMovesForEmptySlices(t *testing.T) { both(t, nothingMovesForEmptySlices) }

func nothingMovesForEmptySlices(t *testing.T, at *Layout) {
	r, p := newPage(t, at, 0)
	p.give([]byte("abc"))
	if r.Write(nil) != 0 || r.Read(nil) != 0 || p.page.Load32(p.at.OutProd) != 0 || p.page.Load32(p.at.InCons) != 0 {
		t.Error("an empty slice moved an index")
	}
}

func TestInitTakesUpWhereThePageStands(t *testing.T) { both(t, initTakesUpWhereThePageStands) }

func initTakesUpWhereThePageStands(t *testing.T, at *Layout) {
	r, p := newPage(t, at, 100)
	r.Write([]byte("before"))
	p.give([]byte("input"))
	r.Read(make([]byte, 2))
	var again Ring
	again.Init(p.addr, at)
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
func TestOwnIndicesAreNotReadBack(t *testing.T) { both(t, ownIndicesAreNotReadBack) }

func ownIndicesAreNotReadBack(t *testing.T, at *Layout) {
	r, p := newPage(t, at, 0)
	r.Write([]byte("abc"))
	p.give([]byte("xyz"))
	p.page.Store32(p.at.OutProd, 77777)
	p.page.Store32(p.at.InCons, 1<<31)
	got := make([]byte, 3)
	if n := r.Read(got); string(got[:n]) != "xyz" || r.Write([]byte("def")) != 3 {
		t.Errorf("read %q", got)
	}
	if p.page.Load32(p.at.OutProd) != 6 || p.page.Load32(p.at.InCons) != 3 {
		t.Error("the indices were not put right")
	}
}

func TestBrokenIndices(t *testing.T) { both(t, brokenIndices) }

func brokenIndices(t *testing.T, at *Layout) {
	for _, bad := range []uint32{1, at.OutSize + 1, 1 << 31, 1<<32 - 2049} {
		r, p := newPage(t, at, 0)
		p.page.Store32(p.at.OutCons, bad)
		if n, ok := r.Unsent(); ok || !r.Broken() || r.Free() != 0 || r.Write([]byte("x")) != 0 {
			t.Errorf("out_cons %#x: %d unsent, %v", bad, n, ok)
		}
		p.page.Store32(p.at.OutCons, 0)
		if r.Broken() || r.Write([]byte("x")) != 1 {
			t.Errorf("out_cons %#x: no way back", bad)
		}
	}
	for _, bad := range []uint32{at.InSize + 1, 1 << 31, 1<<32 - 1} {
		r, p := newPage(t, at, 0)
		p.page.Store32(p.at.InProd, bad)
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
	off := p.indices()[rnd.Intn(4)]
	v := rnd.Uint32()
	if rnd.Intn(2) == 0 {
		v = p.page.Load32(off) + uint32(rnd.Intn(5000)) - 2500
	}
	p.page.Store32(off, v)
}

// The guards around the page, and around the ring that is not written, say
// whether an access went astray.
func TestIndexStorm(t *testing.T) { both(t, indexStorm) }

func indexStorm(t *testing.T, at *Layout) {
	rnd := testkit.Rand(t)
	for round := 0; round < 50; round++ {
		r, p := newPage(t, at, rnd.Uint32())
		clear(p.mem[at.In : at.In+at.InSize])
		for i := 0; i < 500; i++ {
			storm(rnd, p)
			if n := r.Write(text(rnd.Intn(3000))); n > int(p.at.OutSize) {
				t.Fatalf("wrote %d", n)
			}
			if n := r.Read(make([]byte, rnd.Intn(2000))); n > int(p.at.InSize) {
				t.Fatalf("read %d", n)
			}
		}
		if !bytes.Equal(p.mem[at.In:at.In+at.InSize], make([]byte, at.InSize)) || p.mem[max(at.OutProd, at.InProd)+4] != 0xee {
			t.Fatal("output outside of its ring")
		}
	}
}

// Two goroutines and an honest protocol: nothing is lost, doubled or reordered,
// and the race detector agrees that the indices order the bytes.
func TestBothSidesAtOnce(t *testing.T) { both(t, bothSidesAtOnce) }

func bothSidesAtOnce(t *testing.T, at *Layout) {
	const total = 200_000
	r, p := newPage(t, at, 1<<32-1000)
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
		at := []*Layout{&Console, &Xenstore}[len(script)%2]
		r, p := newPage(t, at, 0)
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
		p.page.Store32(p.indices()[op%6-2], v)
	}
}

func BenchmarkWriteTake80(b *testing.B) {
	r, p := newPage(b, &Console, 0)
	line := text(80)
	for b.Loop() {
		r.Write(line)
		p.page.Store32(p.at.OutCons, r.written)
	}
}
