// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Ends of a link that a test plays by hand, down to the bytes in the rings. Host.

package netif_test

import (
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/ring"
)

// Offsets of words in a ring's page (abi.Sring).
const (
	reqProd = 0
	rspProd = 8
)

// txRequest is a slot to the backend.
func txRequest(ref grant.Ref, offset, flags, id, size uint16) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(ref))
	for _, v := range []uint16{offset, flags, id, size} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// rxResponse is a slot to the frontend.
func rxResponse(id, offset, flags uint16, status int16) []byte {
	var b []byte
	for _, v := range []uint16{id, offset, flags, uint16(status)} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

// txResponse is an answer to the frontend.
func txResponse(id uint16, status int16) []byte {
	b := binary.LittleEndian.AppendUint16(nil, id)
	return binary.LittleEndian.AppendUint16(b, uint16(status))
}

// extra is a slot with extra information.
func extra(kind, flags byte, size uint16, segments byte) []byte {
	b := binary.LittleEndian.AppendUint16([]byte{kind, flags}, size)
	return append(b, segments, 0, 0, 0)
}

// rawFront is a frontend without manners.
type rawFront struct {
	w        *world
	p        *platform.Platform
	tx, rx   *ring.Front
	txm, rxm *grant.Memory
	page     *grant.Shared // one that the backend may read and write
	event    *evtchn.Channel
}

// rawFront connects to the backend of interface 0.
func (w *world) rawFront() *rawFront {
	w.t.Helper()
	f := &rawFront{w: w, p: w.front.Platform()}
	var err error
	var refs [2]grant.Ref
	f.tx, f.txm, refs[0] = f.ring(12)
	f.rx, f.rxm, refs[1] = f.ring(8)
	f.page = f.share()
	f.event, err = f.p.Events.Unbound(backDomain)
	w.must(err)
	w.t.Cleanup(func() { f.event.Close() })
	f.say(1)
	w.await(backPath(0)+"/state", "2")
	for _, n := range []struct {
		key   string
		value uint32
	}{
		{"tx-ring-ref", uint32(refs[0])}, {"rx-ring-ref", uint32(refs[1])}, {"event-channel", uint32(f.event.Port())},
		{"request-rx-copy", 1}, {"feature-rx-notify", 1}, {"feature-sg", 1}, {"feature-gso-tcpv4", 1},
	} {
		w.must(f.p.Store.Write(within(w.t), frontPath(0)+"/"+n.key, strconv.Itoa(int(n.value))))
	}
	f.say(4)
	w.await(backPath(0)+"/state", "4")
	return f
}

func (f *rawFront) say(state int) {
	f.w.t.Helper()
	f.w.must(f.p.Store.Write(within(f.w.t), frontPath(0)+"/state", strconv.Itoa(state)))
}

func (f *rawFront) share() *grant.Shared {
	f.w.t.Helper()
	s, err := f.p.Grants.Share(backDomain, 1, false)
	f.w.must(err)
	f.w.t.Cleanup(func() { s.Close() })
	return s
}

func (f *rawFront) ring(slot int) (*ring.Front, *grant.Memory, grant.Ref) {
	f.w.t.Helper()
	s := f.share()
	r, err := ring.NewFront(s.Memory(), slot)
	f.w.must(err)
	return r, s.Memory(), s.Refs()[0]
}

// ref is the reference of the page.
func (f *rawFront) ref() grant.Ref { return f.page.Refs()[0] }

// send puts requests and hands them over.
func (f *rawFront) send(requests ...[]byte) {
	f.w.t.Helper()
	for _, q := range requests {
		f.w.must(f.tx.Put(q))
	}
	f.tx.Push()
	f.w.must(f.event.Notify())
}

// offer offers the page n times.
func (f *rawFront) offer(n int) {
	f.w.t.Helper()
	for id := range n {
		b := binary.LittleEndian.AppendUint32(nil, uint32(id))
		f.w.must(f.rx.Put(binary.LittleEndian.AppendUint32(b, uint32(f.ref()))))
	}
	f.rx.Push()
	f.w.must(f.event.Notify())
}

// answers takes n answers to requests: ids and statuses.
func (f *rawFront) answers(n int) (ids []uint16, statuses []int16) {
	f.w.t.Helper()
	b := make([]byte, 12)
	ctx := within(f.w.t)
	for len(ids) < n {
		ok, err := f.tx.Take(b)
		f.w.must(err)
		if ok {
			ids = append(ids, binary.LittleEndian.Uint16(b))
			statuses = append(statuses, int16(binary.LittleEndian.Uint16(b[2:])))
			continue
		}
		if more, err := f.tx.Done(); !more {
			f.w.must(errors.Join(err, f.event.Wait(ctx)))
		}
	}
	return ids, statuses
}

// rawBack is a backend without manners.
type rawBack struct {
	w        *world
	p        *platform.Platform
	tx, rx   *ring.Back
	txm, rxm *grant.Mapping
	event    *evtchn.Channel
	offers   [][2]uint32 // pages that the frontend offered: id and reference
}

// rawBack connects to the frontend of interface 0, which is there already.
func (w *world) rawBack() *rawBack {
	w.t.Helper()
	k := &rawBack{w: w, p: w.back.Platform()}
	w.must(k.p.Store.Write(within(w.t), backPath(0)+"/feature-rx-copy", "1"))
	w.must(k.p.Store.Write(within(w.t), backPath(0)+"/feature-sg", "1"))
	w.must(k.p.Store.Write(within(w.t), backPath(0)+"/feature-gso-tcpv4", "1"))
	k.say(2)
	w.await(frontPath(0)+"/state", "4")
	k.tx, k.txm = k.ring("tx-ring-ref", 12)
	k.rx, k.rxm = k.ring("rx-ring-ref", 8)
	var err error
	k.event, err = k.p.Events.Interdomain(frontDomain, evtchn.Port(k.number("event-channel")))
	w.must(err)
	w.t.Cleanup(k.leave)
	k.say(4)
	return k
}

// leave gives back what a backend has.
func (k *rawBack) leave() {
	k.event.Close()
	k.txm.Close()
	k.rxm.Close()
}

func (k *rawBack) say(state int) {
	k.w.t.Helper()
	k.w.must(k.p.Store.Write(within(k.w.t), backPath(0)+"/state", strconv.Itoa(state)))
}

func (k *rawBack) number(key string) uint32 {
	k.w.t.Helper()
	n, err := strconv.ParseUint(k.w.get(frontPath(0)+"/"+key), 10, 32)
	k.w.must(err)
	return uint32(n)
}

func (k *rawBack) ring(key string, slot int) (*ring.Back, *grant.Mapping) {
	k.w.t.Helper()
	m, err := k.p.Grants.Map(frontDomain, []grant.Ref{grant.Ref(k.number(key))}, false)
	k.w.must(err)
	r, err := ring.NewBack(m.Memory(), slot)
	k.w.must(err)
	return r, m
}

// requests takes n slots of the frontend's.
func (k *rawBack) requests(n int) [][]byte {
	k.w.t.Helper()
	var all [][]byte
	ctx := within(k.w.t)
	for len(all) < n {
		b := make([]byte, 12)
		ok, err := k.tx.Take(b)
		k.w.must(err)
		if ok {
			all = append(all, b)
		} else if more, err := k.tx.Done(); !more {
			k.w.must(errors.Join(err, k.event.Wait(ctx)))
		}
	}
	return all
}

// answer answers requests.
func (k *rawBack) answer(responses ...[]byte) {
	k.w.t.Helper()
	for _, r := range responses {
		k.w.must(k.tx.Put(r))
	}
	k.tx.Push()
	k.w.must(k.event.Notify())
}

// deliver puts slots to the frontend, in place of the pages that it offered.
func (k *rawBack) deliver(responses ...[]byte) {
	k.w.t.Helper()
	b := make([]byte, 8)
	for _, r := range responses {
		ok, err := k.rx.Take(b)
		if !ok || err != nil {
			k.w.t.Fatalf("the frontend offered no page: %v", err)
		}
		k.offers = append(k.offers, [2]uint32{binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])})
		k.w.must(k.rx.Put(r))
	}
	k.rx.Push()
	k.w.must(k.event.Notify())
}

// packets has somebody receive all the time, as links have it: a violation is
// found by whoever looks at the ring. The channel has what came.
func packets(l *netif.Link) <-chan netif.Packet {
	c := make(chan netif.Packet, 100)
	go func() {
		defer close(c)
		batch := make([]netif.Packet, 8)
		for {
			n, err := l.Receive(0, batch, nil)
			if err != nil {
				return
			}
			for _, p := range batch[:n] {
				c <- p
			}
		}
	}()
	return c
}

// moreData says that a packet goes on in the next slot.
const moreData = abi.NETTXF_more_data
