// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Rings against a peer that writes anything anywhere. Host.

package ring

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/domlet/domlet/xen/grant"
)

// TestImpossibleIndices: each is an error at once, and the ring stays dead.
func TestImpossibleIndices(t *testing.T) {
	for _, start := range []uint32{0, 1<<32 - 3} {
		for _, d := range []uint32{257, 1000, 1 << 31, 1<<32 - 1} {
			m := newPage()
			_, k := pair(t, m, start)
			m.Store32(reqProd, start+d)
			if ok, err := k.Take(nil); ok || !errors.Is(err, ErrIndex) {
				t.Errorf("req_prod %d ahead: %v, %v", int32(d), ok, err)
			}
			m.Store32(reqProd, start+1)
			if _, err := k.Done(); !errors.Is(err, ErrIndex) {
				t.Errorf("a dead ring revives: %v", err)
			}
			m = newPage()
			f, _ := pair(t, m, start)
			f.Put(nil)
			f.Push()
			m.Store32(rspProd, start+d)
			if ok, err := f.Take(nil); ok || !errors.Is(err, ErrIndex) {
				t.Errorf("rsp_prod %d ahead: %v, %v", int32(d), ok, err)
			}
			if err := f.Put(nil); !errors.Is(err, ErrIndex) || f.Push() {
				t.Errorf("a dead ring takes requests: %v", err)
			}
		}
	}
}

// TestIndexGoesBack: a backend that takes its word back is caught.
func TestIndexGoesBack(t *testing.T) {
	m := newPage()
	f, _ := pair(t, m, 0)
	f.Put(nil)
	f.Put(nil)
	f.Push()
	m.Store32(rspProd, 2)
	f.Take(nil)
	f.Take(nil)
	m.Store32(rspProd, 1)
	if _, err := f.Take(nil); !errors.Is(err, ErrIndex) {
		t.Errorf("%v", err)
	}
}

// FuzzPeer runs an end against bytes that are a peer's writes and the end's own
// steps. It must neither panic nor take more than was put, and after an error
// nothing more.
func FuzzPeer(f *testing.F) {
	f.Add([]byte{0, 0, 1, 2, 3, 4, 5, 6, 7})
	f.Add([]byte{5, 0, 0, 0, 255, 255, 255, 255, 1, 2, 1, 2})
	f.Add([]byte{5, 8, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, steps []byte) {
		m := newPage()
		front, back := pair(t, m, 1<<32-5)
		var h hostile
		for len(steps) > 0 {
			step := steps[0]
			steps = steps[1:]
			if step%6 == 5 && len(steps) >= 7 {
				off := uint32(binary.LittleEndian.Uint16(steps)) % (grant.PageSize / 4) * 4
				m.Store32(off, binary.LittleEndian.Uint32(steps[3:]))
				steps = steps[7:]
				continue
			}
			h.front(t, front, step%6)
			h.back(t, back, step%6)
		}
	})
}

// hostile counts what each end did, to find what cannot be.
type hostile struct{ put, taken, asked, answered int }

func (h *hostile) front(t *testing.T, f *Front, step byte) {
	dead := f.err != nil
	b := make([]byte, slotSize)
	switch step {
	case 0:
		if f.Put(b) == nil {
			h.put++
		}
	case 1:
		f.Push()
	case 2:
		if ok, _ := f.Take(b); ok {
			h.taken++
		}
	case 3:
		f.Done()
	}
	if h.taken > h.put || f.Free() < 0 || f.Free() > f.Slots() || dead && f.err == nil {
		t.Fatalf("front: %+v, %d free, %v", h, f.Free(), f.err)
	}
}

func (h *hostile) back(t *testing.T, k *Back, step byte) {
	dead := k.err != nil
	b := make([]byte, slotSize)
	switch step {
	case 1:
		if ok, _ := k.Take(b); ok {
			h.asked++
		}
	case 2:
		if k.Put(b) == nil {
			h.answered++
		}
	case 3:
		k.Push()
	case 4:
		k.Done()
	}
	if h.answered > h.asked || h.asked-h.answered > k.Slots() || dead && k.err == nil {
		t.Fatalf("back: %+v, %v", h, k.err)
	}
}
