// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// All four halves of a connection, step by step, while anybody writes anything
// into what they share. Host.

package netif

import (
	"encoding/binary"
	"math/rand"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
	"github.com/domlet/domlet/xen/xentest"
)

// halves are both ends of both rings of one queue, without xenstore and events.
type halves struct {
	t      testing.TB
	host   *xentest.Host
	rings  [2]*grant.Memory // to the backend, to the frontend
	names  []string
	all    []half
	broken []bool
	count  counters
}

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// newHalves makes them between two new domains.
func newHalves(t testing.TB) *halves {
	h := &halves{t: t, host: xentest.New(t, 1), names: []string{"front sends", "front receives", "back receives", "back sends"}}
	front, back := h.host.Domain(1).Grants(), h.host.Domain(2).Grants()
	share := func(n int, readOnly bool) (pages []*grant.Shared) {
		for range n {
			s, err := front.Share(2, 1, readOnly)
			pages = append(pages, must(t, s, err))
		}
		return pages
	}
	tx, rx := share(1, false)[0], share(1, false)[0]
	h.rings = [2]*grant.Memory{tx.Memory(), rx.Memory()}
	ftx, err := ring.NewFront(tx.Memory(), txSlot)
	sends := newSender(newFrontSlots(must(t, ftx, err), share(minPages, true), &h.count), AllFeatures(), &h.count)
	frx, err := ring.NewFront(rx.Memory(), rxSlot)
	receives, err := newFrontReceiver(must(t, frx, err), share(minPages, false), &h.count)
	must(t, receives, err)
	btx, brx := h.back(back, tx, txSlot), h.back(back, rx, rxSlot)
	h.all = []half{sends, receives, newBackReceiver(btx, back, 1, &h.count),
		newSender(newBackSlots(brx, back, 1, &h.count), AllFeatures(), &h.count)}
	h.broken = make([]bool, len(h.all))
	return h
}

func (h *halves) back(g grant.Table, s *grant.Shared, slot int) *ring.Back {
	m, err := g.Map(abi.Domid_t(1), s.Refs(), false)
	r, err := ring.NewBack(must(h.t, m, err).Memory(), slot)
	return must(h.t, r, err)
}

// step has one half move what it can, unless it was broken: then it is not used.
func (h *halves) step(i int, batch []Packet) {
	h.t.Helper()
	if h.broken[i] {
		return
	}
	n, _, err := h.all[i].move(batch, func(n int) []byte { return make([]byte, n) })
	if n < 0 || n > len(batch) {
		h.t.Fatalf("%s: %d packets of %d", h.names[i], n, len(batch))
	}
	if err == nil {
		_, err = h.all[i].await()
	}
	h.broken[i] = err != nil
	if i == 0 || i == 3 {
		return
	}
	for _, p := range batch[:n] {
		if len(p.Data) < MinPacket || len(p.Data) > maxPieces*grant.PageSize || p.GSO.Kind != Whole && p.GSO.Size == 0 {
			h.t.Fatalf("%s: a packet of %d bytes, %+v", h.names[i], len(p.Data), p.GSO)
		}
	}
}

// round has every half move something.
func (h *halves) round(size int) {
	sent := []Packet{
		{Data: make([]byte, MinPacket), More: [][]byte{make([]byte, size)}},
		{Data: make([]byte, MinPacket+size%2000), Checksum: Blank, GSO: GSO{TCP4, 1448}},
	}
	for _, i := range []int{0, 2, 3, 1} {
		if i == 0 || i == 3 {
			h.step(i, sent)
		} else {
			h.step(i, make([]Packet, 4))
		}
	}
}

// FuzzHostile lets anybody write any words of both rings between the steps.
func FuzzHostile(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 255, 255, 255, 255, 0, 64, 0, 8, 0, 0, 0})
	f.Add([]byte{2, 0, 0, 1, 0, 0, 0, 3, 66, 1, 4, 0, 0, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		h := newHalves(t)
		for script = script[:min(len(script), 7*50)]; len(script) >= 7; script = script[7:] {
			at := uint32(binary.LittleEndian.Uint16(script[1:])) % grant.PageSize &^ 3
			h.rings[script[0]%2].Store32(at, binary.LittleEndian.Uint32(script[3:]))
			h.round(int(script[0]) * 200)
		}
	})
}

// TestFlippedBytes: bits that change in the rings and in all pages that a peer has
// mapped, at any time, make halves refuse to go on or packets nonsense. Nothing
// panics or reaches outside.
func TestFlippedBytes(t *testing.T) {
	r := testkit.Rand(t)
	for range 20 {
		h := newHalves(t)
		for range 100 {
			if r.Intn(3) == 0 {
				h.host.Flip(1 + r.Intn(3))
			}
			h.flip(r)
			h.round(r.Intn(60000))
		}
	}
}

// flip changes a bit where it hurts: in the slots in use, or in the four indices.
func (h *halves) flip(r *rand.Rand) {
	if r.Intn(20) > 0 {
		return
	}
	m, at := h.rings[r.Intn(2)], uint32(4*r.Intn(4))
	if r.Intn(2) == 0 {
		at = uint32(64 + 4*r.Intn(200))
	}
	m.Store32(at, m.Load32(at)^1<<r.Intn(32))
}
