// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Segments and checksums that are made here, against the plainest way to compute
// them. Host.

package netif

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/grant"
)

// frameKind is a kind of frame that offloads understand.
type frameKind struct {
	v6   bool
	udp  bool
	vlan int // tags
	opts int // bytes of IP options or extension headers, a multiple of 8
	tcp  int // bytes of TCP options, a multiple of 4; no more than 40
}

// frame builds a frame with an empty checksum.
func (k frameKind) frame(r *rand.Rand, payload int) []byte {
	f := make([]byte, 12)
	r.Read(f)
	for range k.vlan {
		f = append(f, 0x81, 0, 0, 5)
	}
	transport := k.transport(r, payload)
	proto := byte(protoTCP)
	if k.udp {
		proto = protoUDP
	}
	if !k.v6 {
		ip := make([]byte, 20+k.opts)
		ip[0], ip[8], ip[9] = byte(0x40|len(ip)/4), 64, proto
		binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+len(transport)))
		binary.BigEndian.PutUint16(ip[4:], 0xfffe)
		r.Read(ip[12:20])
		binary.BigEndian.PutUint16(ip[10:], ^plainSum(ip))
		return append(append(append(f, 8, 0), ip...), transport...)
	}
	ip := make([]byte, 40+k.opts)
	ip[0], ip[6], ip[7] = 0x60, proto, 64
	binary.BigEndian.PutUint16(ip[4:], uint16(k.opts+len(transport)))
	r.Read(ip[8:40])
	if k.opts > 0 {
		ip[6], ip[40], ip[41] = 60, proto, byte(k.opts/8-1)
	}
	return append(append(append(f, 0x86, 0xdd), ip...), transport...)
}

func (k frameKind) transport(r *rand.Rand, payload int) []byte {
	if k.udp {
		b := make([]byte, 8+payload)
		r.Read(b)
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
		return b
	}
	b := make([]byte, 20+k.tcp+payload)
	r.Read(b)
	b[12] = byte((20+k.tcp)/4) << 4
	return b
}

// plainSum is the checksum's definition: 16 bits at a time.
func plainSum(b []byte) uint16 {
	s := uint32(0)
	for i := 0; i < len(b); i += 2 {
		w := uint32(b[i]) << 8
		if i+1 < len(b) {
			w |= uint32(b[i+1])
		}
		s += w
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}

// good checks both checksums of a frame from scratch.
func good(t *testing.T, f []byte) headers {
	t.Helper()
	h, ok := parse(f)
	if !ok {
		t.Fatalf("% x cannot be read", f)
	}
	if !h.v6 {
		if got := plainSum(f[h.ip : h.ip+int(f[h.ip]&15)*4]); got != 0xffff {
			t.Fatalf("the header's checksum is wrong: %x", got)
		}
	}
	length := h.end - h.transport
	pseudo := append([]byte{}, f[h.ip+12:h.ip+20]...)
	if h.v6 {
		pseudo = append([]byte{}, f[h.ip+8:h.ip+40]...)
	}
	pseudo = append(pseudo, 0, h.proto, byte(length>>24), byte(length>>16), byte(length>>8), byte(length))
	if got := plainSum(append(pseudo, f[h.transport:h.end]...)); got != 0xffff {
		t.Fatalf("the transport's checksum is wrong: %x", got)
	}
	return h
}

// frameKinds are all that are understood.
func frameKinds() []frameKind {
	var all []frameKind
	for _, v6 := range []bool{false, true} {
		for _, udp := range []bool{false, true} {
			for vlan := range 3 {
				for _, opts := range []int{0, 8, 24} {
					all = append(all, frameKind{v6, udp, vlan, opts, 12})
				}
			}
		}
	}
	return all
}

// TestSum compares with the definition, at every length and alignment.
func TestSum(t *testing.T) {
	r := testkit.Rand(t)
	for n := range 200 {
		b := make([]byte, n)
		for _, fill := range []func(){func() { r.Read(b) }, func() {
			for i := range b {
				b[i] = 0xff
			}
		}} {
			fill()
			if got, want := sum(b), plainSum(b); got != want && got^want != 0xffff {
				t.Fatalf("%d bytes: %x, not %x", n, got, want)
			}
		}
	}
}

// TestComplete fills in the checksum of every kind of frame, with whatever in its
// place, and padded or not.
func TestComplete(t *testing.T) {
	r := testkit.Rand(t)
	for _, k := range frameKinds() {
		for _, n := range []int{0, 1, 2, 7, 8, 100, 1401} {
			f := append(k.frame(r, n), make([]byte, r.Intn(10))...)
			s := shaper{takes: Features{ScatterGather: true}}
			cut := len(f) / 3
			p := Packet{Data: f[:cut], More: [][]byte{f[cut : 2*cut], f[2*cut:]}, Checksum: Blank}
			if s.fits(&p) {
				t.Fatal("a blank checksum fits")
			}
			list, _ := s.cut(&p)
			if len(list) != 1 || list[0].Checksum != Validated || len(list[0].Data) != len(f) {
				t.Fatalf("%+v: %d packets", k, len(list))
			}
			good(t, list[0].Data)
		}
	}
}

// TestFamilies: what the other end takes for one family only, is left to it.
func TestFamilies(t *testing.T) {
	r := testkit.Rand(t)
	for _, v6 := range []bool{false, true} {
		f := frameKind{v6: v6}.frame(r, 100)
		p := Packet{Data: f, Checksum: Blank}
		s := shaper{takes: Features{Checksum4: true}}
		list, _ := s.cut(&p)
		if (list[0].Checksum == Blank) == v6 || (list[0].Checksum == Blank) != bytes.Equal(list[0].Data, f) {
			t.Errorf("v6 is %v: %v", v6, list[0].Checksum)
		}
	}
}

// TestSegment cuts TCP packets of every kind and puts them together again.
func TestSegment(t *testing.T) {
	r := testkit.Rand(t)
	for _, k := range frameKinds() {
		if k.udp {
			continue
		}
		for _, size := range []int{1400, 1024, 3000} {
			for _, n := range []int{0, 1, size - 1, size, size + 1, 5 * size, 60000} {
				f := k.frame(r, n)
				p := Packet{Data: f, Checksum: Blank, GSO: GSO{TCP4, uint16(size)}}
				s := shaper{takes: Features{ScatterGather: true, Checksum4: true, Checksum6: true}}
				list, why := s.cut(&p)
				if len(list) != max(1, (n+size-1)/size) {
					t.Fatalf("%d bytes in segments of %d: %d packets, %v", n, size, len(list), why)
				}
				rejoin(t, f, list, size)
			}
		}
	}
}

// rejoin wants segments to be those of a frame.
func rejoin(t *testing.T, f []byte, list []Packet, size int) {
	t.Helper()
	whole, _ := parse(f)
	seq, id := binary.BigEndian.Uint32(f[whole.transport+4:]), binary.BigEndian.Uint16(f[whole.ip+4:])
	flags := f[whole.transport+13]
	var got []byte
	for i, p := range list {
		h := good(t, p.Data)
		if s := binary.BigEndian.Uint32(p.Data[h.transport+4:]); s != seq+uint32(len(got)) {
			t.Fatalf("segment %d begins at %d, not %d", i, s-seq, len(got))
		}
		if !h.v6 && binary.BigEndian.Uint16(p.Data[h.ip+4:]) != id+uint16(i) {
			t.Fatalf("segment %d has another id", i)
		}
		want := flags
		if i > 0 {
			want &^= tcpCWR
		}
		if i < len(list)-1 {
			want &^= tcpFIN | tcpPSH
		}
		if p.Data[h.transport+13] != want || p.Checksum != Validated || p.GSO != (GSO{}) {
			t.Fatalf("segment %d of %d: flags %x of %x, %+v", i, len(list), p.Data[h.transport+13], flags, p.GSO)
		}
		if i < len(list)-1 && h.end-h.payload != size {
			t.Fatalf("segment %d has %d bytes", i, h.end-h.payload)
		}
		got = append(got, p.Data[h.payload:h.end]...)
	}
	if !bytes.Equal(got, f[whole.payload:]) {
		t.Fatal("the segments are not the packet")
	}
}

// TestUnshapeable: what cannot be made fit is dropped, and why.
func TestUnshapeable(t *testing.T) {
	r := testkit.Rand(t)
	tcp := frameKind{tcp: 12}
	fragment := tcp.frame(r, 100)
	fragment[MinPacket+6] |= 0x20
	short := tcp.frame(r, 100)
	long := tcp.frame(r, 5000)
	for name, c := range map[string]struct {
		p   Packet
		why Drop
	}{
		"a fragment":         {Packet{Data: fragment, Checksum: Blank}, OffloadDrop},
		"cut short":          {Packet{Data: short[:len(short)-1], Checksum: Blank}, OffloadDrop},
		"not IP":             {Packet{Data: make([]byte, 60), Checksum: Blank}, OffloadDrop},
		"segments of UDP":    {Packet{Data: frameKind{udp: true}.frame(r, 3000), GSO: GSO{TCP4, 1400}}, OffloadDrop},
		"too many segments":  {Packet{Data: long, GSO: GSO{TCP4, 70}}, OffloadDrop},
		"segments of 0":      {Packet{Data: long, GSO: GSO{TCP4, 0}}, OffloadDrop},
		"long":               {Packet{Data: long}, LengthDrop},
		"segments of a page": {Packet{Data: long, GSO: GSO{TCP4, 4096}}, LengthDrop},
	} {
		s := shaper{takes: Features{}}
		if s.fits(&c.p) {
			t.Errorf("%s fits", name)
		}
		if list, why := s.cut(&c.p); len(list) != 0 || why != c.why {
			t.Errorf("%s: %d packets, %v", name, len(list), why)
		}
	}
}

// FuzzShape: whatever a frame has in it, what comes out of it is sound.
func FuzzShape(f *testing.F) {
	r := rand.New(rand.NewSource(1))
	for i, k := range frameKinds() {
		f.Add(k.frame(r, 100*i), uint8(i), uint16(1400))
	}
	f.Fuzz(func(t *testing.T, frame []byte, features uint8, size uint16) {
		takes := Features{features&1 != 0, features&2 != 0, features&4 != 0, features&8 != 0, features&16 != 0}
		p := Packet{Data: frame, Checksum: Checksum(features >> 5 % 3), GSO: GSO{Segments(features >> 6), size}}
		s := shaper{takes: takes}
		if len(frame) < MinPacket || s.fits(&p) {
			return
		}
		list, why := s.cut(&p)
		if len(list) == 0 && why == DownDrop || len(list) > maxSegments {
			t.Fatalf("%d packets, %v", len(list), why)
		}
		for i := range list {
			q := &list[i]
			if q.GSO != (GSO{}) || q.Checksum == Blank && !takes.Checksum4 && !takes.Checksum6 || q.Len() > grant.PageSize && !takes.ScatterGather {
				t.Fatalf("packet %d of %d does not fit", i, len(list))
			}
		}
	})
}

// TestNames: every reason has a name of its own.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for d := range Drops + 1 {
		seen[fmt.Sprint(d)] = true
	}
	if len(seen) != int(Drops)+1 {
		t.Errorf("%v", seen)
	}
}
