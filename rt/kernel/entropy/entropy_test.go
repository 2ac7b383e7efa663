// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The published vectors, then the pool around them. Host.

package entropy

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// RFC 8439, section 2.1.1.
func TestQuarterRound(t *testing.T) {
	a, b, c, d := quarter(0x11111111, 0x01020304, 0x9b8d6f43, 0x01234567)
	if a != 0xea2a92f4 || b != 0xcb1cf8ce || c != 0x4581472e || d != 0x5881c4bb {
		t.Errorf("%#x %#x %#x %#x", a, b, c, d)
	}
}

// RFC 8439, section 2.3.2: key 00 01 .. 1f, counter 1.
func TestBlockFunction(t *testing.T) {
	in := state{
		const0, const1, const2, const3,
		0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c,
		1, 0x09000000, 0x4a000000, 0,
	}
	want := state{
		0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3,
		0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
		0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
		0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
	}
	var out state
	if block(&out, &in); out != want {
		t.Errorf("%#x", out)
	}
	if block(&in, &in); in != want {
		t.Error("the block function cannot work in place")
	}
}

// RFC 8439, appendix A.1, vectors 1 and 2: a key of zeros, counters 0 and 1.
const (
	zeroKeyBlock0 = "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7" +
		"da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
	zeroKeyBlock1 = "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed" +
		"29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"
)

// The zero pool has a key of zeros, so the vectors say what its first read
// gives and which key it leaves behind.
func TestReadIsTheStream(t *testing.T) {
	stream, _ := hex.DecodeString(zeroKeyBlock0 + zeroKeyBlock1)
	for n := 1; n <= len(stream)-keyBytes; n++ {
		var p Pool
		got := make([]byte, n+1)
		p.Read(&got[0], uintptr(n))
		if !bytes.Equal(got[:n], stream[keyBytes:keyBytes+n]) || got[n] != 0 {
			t.Fatalf("read of %d: %x", n, got)
		}
		if key := keyOf(&p); !bytes.Equal(key, stream[:keyBytes]) {
			t.Fatalf("key after a read of %d: %x", n, key)
		}
	}
}

func keyOf(p *Pool) (key []byte) {
	for _, w := range p.key {
		key = binary.LittleEndian.AppendUint32(key, w)
	}
	return key
}

func TestCounterCarries(t *testing.T) {
	var p Pool
	p.in[12] = math.MaxUint32
	p.nextBlock()
	if p.in[12] != 0 || p.in[13] != 1 {
		t.Errorf("counter %d, %d", p.in[12], p.in[13])
	}
}

// seeded returns a pool that absorbed one seed.
func seeded(b byte) *Pool {
	p := new(Pool)
	p.Mix(&[32]byte{b})
	return p
}

func read(p *Pool, n int) []byte {
	b := make([]byte, n)
	p.Read(&b[0], uintptr(n))
	return b
}

func TestReadOfNothingMovesTheKey(t *testing.T) {
	p := seeded(1)
	before := p.key
	p.Read(nil, 0)
	if p.key == before {
		t.Error("the key stayed")
	}
}

func TestNothingUsedStays(t *testing.T) {
	p := seeded(1)
	if p.in != (state{}) || p.out != (state{}) {
		t.Error("Mix left its block behind")
	}
	read(p, 200)
	if p.in != (state{}) || p.out != (state{}) {
		t.Error("Read left its block behind")
	}
}

// What was read cannot be had again from the state that is left.
func TestErasure(t *testing.T) {
	p := seeded(7)
	first := read(p, 256)
	thief := *p
	again := read(&thief, 1<<16)
	for i := 0; i+16 <= len(first); i++ {
		if bytes.Contains(again, first[i:i+16]) {
			t.Fatal("old output comes back")
		}
	}
}

func TestSeedsTellPoolsApart(t *testing.T) {
	a, b := seeded(1), seeded(2)
	if bytes.Equal(read(a, 32), read(b, 32)) {
		t.Error("two seeds, one stream")
	}
	if !bytes.Equal(read(seeded(1), 32), read(seeded(1), 32)) {
		t.Error("the pool depends on something besides its seeds")
	}
}

func TestEqualSeedsDoNotCancel(t *testing.T) {
	p, q := seeded(9), seeded(9)
	p.Mix(&[32]byte{9})
	p.Mix(&[32]byte{9})
	if p.key == q.key || p.key == (Pool{}).key {
		t.Error("a seed absorbed twice is gone")
	}
}

// Every bit of a seed must move about half of the key.
func TestEverySeedBitCounts(t *testing.T) {
	base := new(Pool)
	base.Mix(new([32]byte))
	for bit := 0; bit < 256; bit++ {
		var seed [32]byte
		seed[bit/8] = 1 << (bit % 8)
		p := new(Pool)
		p.Mix(&seed)
		if d := distance(&p.key, &base.key); d < 80 || d > 176 { // 128 ± 6 sigma
			t.Errorf("bit %d moves %d bits of 256", bit, d)
		}
	}
}

func distance(a, b *[8]uint32) (n int) {
	for i := range a {
		n += bits.OnesCount32(a[i] ^ b[i])
	}
	return n
}

// Absorbing a seed of zeros must not do what a read does.
func TestMixIsNotARead(t *testing.T) {
	p, q := seeded(3), seeded(3)
	p.Mix(new([32]byte))
	q.Read(nil, 0)
	if p.key == q.key {
		t.Error("one block serves two uses")
	}
}

func TestCredit(t *testing.T) {
	var p Pool
	for _, c := range []struct {
		bits  uint32
		ready bool
	}{{0, false}, {100, false}, {155, false}, {1, true}, {math.MaxUint32, true}, {0, true}} {
		if p.Credit(c.bits); p.Ready() != c.ready {
			t.Errorf("after %d more: ready %v", c.bits, p.Ready())
		}
	}
	p = Pool{}
	if p.Credit(math.MaxUint32); !p.Ready() {
		t.Error("a large credit is lost")
	}
	if p.Mix(new([32]byte)); !p.Ready() {
		t.Error("a seed took credit away")
	}
}

// A coarse look at the output: bits and bytes are even. ChaCha20 does not need
// it; a mistake in the copying would show.
func TestOutputIsEven(t *testing.T) {
	p := new(Pool)
	seed := testkit.Seed(t)
	p.Mix((*[32]byte)(binary.LittleEndian.AppendUint64(make([]byte, 24), uint64(seed))))
	const n = 1 << 20
	var count [256]int
	ones := 0
	for range n / 1024 {
		for _, b := range read(p, 1024) {
			count[b]++
			ones += bits.OnesCount8(b)
		}
	}
	if d := math.Abs(float64(ones)-4*n) / math.Sqrt(2*n); d > 6 {
		t.Errorf("%d ones of %d bits: %.1f sigma", ones, 8*n, d)
	}
	var chi float64
	for _, c := range count {
		chi += (float64(c) - n/256) * (float64(c) - n/256) / (n / 256)
	}
	if chi < 140 || chi > 390 { // 255 degrees of freedom, 5 to 6 sigma
		t.Errorf("chi squared over bytes is %.0f", chi)
	}
}

func BenchmarkRead(b *testing.B) {
	p := seeded(1)
	buf := make([]byte, 4096)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		p.Read(&buf[0], uintptr(len(buf)))
	}
}

func BenchmarkRead32(b *testing.B) {
	p := seeded(1)
	var buf [32]byte
	for b.Loop() {
		p.Read(&buf[0], 32)
	}
}
