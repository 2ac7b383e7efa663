// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Backends that break the protocol, against the frontend. Where a case is known
// from a Xen security advisory (xenbits.xen.org/xsa), it has its number. Host.

package netif_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
)

// invited is a frontend with a backend that the test plays.
func invited(t *testing.T) (*world, *netif.Link, *rawBack) {
	w := newWorld(t)
	w.clock = hasty{}
	w.plug(0)
	front := w.openFront(netif.Config{})
	k := w.rawBack()
	w.up(front)
	return w, front, k
}

const (
	moreRx  = abi.NETRXF_more_data
	extraRx = abi.NETRXF_extra_info
)

// deliveries are what a backend may put into the ring that ends the connection,
// and words of the reason.
var deliveries = map[string]struct {
	say  string
	puts func(k *rawBack)
}{
	"a size past the page": {"over the end of its page", func(k *rawBack) { k.deliver(rxResponse(0, 0, 0, 4097)) }},
	"an offset past it":    {"over the end of its page", func(k *rawBack) { k.deliver(rxResponse(0, 4000, 0, 97)) }},
	"nothing past it":      {"over the end of its page", func(k *rawBack) { k.deliver(rxResponse(0, 4096, 0, 0)) }},
	"the largest size":     {"over the end of its page", func(k *rawBack) { k.deliver(rxResponse(0, 65535, 0, 32767)) }},
	"an id twice (XSA-396)": {"nothing that was asked", func(k *rawBack) {
		k.deliver(rxResponse(0, 0, 0, 60), rxResponse(0, 0, 0, 60))
	}},
	"an id of nobody (XSA-396)": {"nothing that was asked", func(k *rawBack) { k.deliver(rxResponse(65535, 0, 0, 60)) }},
	"nineteen slots": {"more slots", func(k *rawBack) {
		for i := range 19 {
			flags := uint16(moreRx)
			if i == 18 {
				flags = 0
			}
			k.w.must(k.rx.Put(rxResponse(uint16(i), 0, flags, 100)))
		}
	}},
	"no end":               {"ends before its last slot", func(k *rawBack) { k.deliver(rxResponse(0, 0, moreRx, 60)) }},
	"no extra information": {"ends before its last slot", func(k *rawBack) { k.deliver(rxResponse(0, 0, extraRx, 60)) }},
	"extra information without end": {"or twice", func(k *rawBack) {
		k.deliver(append([][]byte{rxResponse(0, 0, extraRx, 60)}, slices.Repeat([][]byte{extra(4, 1, 0, 0)}, 200)...)...)
	}},
	"segments of no size": {"segments of no size", func(k *rawBack) { k.deliver(rxResponse(0, 0, extraRx, 60), extra(1, 0, 0, 1)) }},
	"segments of no kind": {"or of no kind", func(k *rawBack) { k.deliver(rxResponse(0, 0, extraRx, 60), extra(1, 0, 1448, 3)) }},
	"an index that jumps": {"index cannot be", func(k *rawBack) {
		k.rxm.Memory().Store32(rspProd, 257)
		k.event.Notify()
	}},
	"an index that goes back": {"index cannot be", func(k *rawBack) {
		k.rxm.Memory().Store32(rspProd, 1<<32-1)
		k.event.Notify()
	}},
}

// TestBackViolates: each ends the connection with its reason, and the backend that
// did it gets no other one until it begins anew.
func TestBackViolates(t *testing.T) {
	for name, v := range deliveries {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, front, k := invited(t)
			came := packets(front)
			if name == "nineteen slots" {
				b := make([]byte, 8)
				for range 19 {
					k.rx.Take(b)
				}
			}
			v.puts(k)
			k.rx.Push()
			k.event.Notify()
			k.violated(front, v.say)
			if s := front.Stats(); s.Received > 1 {
				t.Errorf("%+v", s)
			}
			for len(came) > 0 {
				<-came
			}
			k.leave()
			again := w.rawBack()
			w.up(front)
			again.deliver(rxResponse(0, 0, 0, 60))
			if p := <-came; len(p.Data) != 60 {
				t.Errorf("%d bytes came", len(p.Data))
			}
		})
	}
}

// violated wants the frontend to have ended the connection, and to stay away from a
// backend that closes without beginning anew.
func (k *rawBack) violated(front *netif.Link, say string) {
	k.w.t.Helper()
	if i := k.w.down(front); i.Err == nil || !strings.Contains(i.Err.Error(), say) {
		k.w.t.Errorf("the reason is %v", i.Err)
	}
	k.w.await(frontPath(0)+"/state", "6")
	k.say(6)
	k.w.front.Store().Read(within(k.w.t), "domid")
	if s := front.Stats(); s.Violations != 1 || s.Connections != 1 {
		k.w.t.Errorf("%+v", s)
	}
}

// TestBackAnswers (XSA-396): answers to nothing that was asked, to what was answered
// before, and for extra information that was not sent.
func TestBackAnswers(t *testing.T) {
	for name, answers := range map[string]func(id uint16) [][]byte{
		"twice":                    func(id uint16) [][]byte { return [][]byte{txResponse(id, 0), txResponse(id, 0)} },
		"out of range":             func(id uint16) [][]byte { return [][]byte{txResponse(65535, 0)} },
		"for no extra information": func(id uint16) [][]byte { return [][]byte{txResponse(id, abi.NETIF_RSP_NULL)} },
	} {
		t.Run(name, func(t *testing.T) {
			w, front, k := invited(t)
			two := []netif.Packet{{Data: make([]byte, 60)}, {Data: make([]byte, 60)}}
			if n, err := front.Transmit(0, two); n != 2 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			id := idOf(k.requests(2)[0])
			k.answer(answers(id)...)
			for front.Info().Up { // who sends looks at the answers when it wants pages back
				if n, _ := front.Transmit(0, two); n == 0 {
					front.Ready(0)
				}
			}
			k.violated(front, "nothing that was asked")
			w.down(front)
		})
	}
}

// idOf is the id of a request.
func idOf(b []byte) uint16 { return uint16(b[8]) | uint16(b[9])<<8 }

// TestBackJumps: the index of answers jumps.
func TestBackJumps(t *testing.T) {
	_, front, k := invited(t)
	k.txm.Memory().Store32(rspProd, 5)
	fill := make([]netif.Packet, 300)
	for i := range fill {
		fill[i].Data = make([]byte, 60)
	}
	front.Transmit(0, fill)
	k.violated(front, "index cannot be")
}

// TestBackFails: packets that the backend could not take, or give, are counted.
func TestBackFails(t *testing.T) {
	w, front, k := invited(t)
	came := packets(front)
	front.Transmit(0, []netif.Packet{{Data: make([]byte, 9000)}})
	for _, q := range k.requests(3) {
		k.answer(txResponse(idOf(q), abi.NETIF_RSP_ERROR))
	}
	k.deliver(rxResponse(0, 0, moreRx, abi.NETIF_RSP_ERROR), rxResponse(1, 0, 0, 60), rxResponse(2, 0, 0, 13), rxResponse(3, 0, 0, 61))
	if p := <-came; len(p.Data) != 61 {
		t.Errorf("%d bytes came", len(p.Data))
	}
	for front.Stats().Dropped[netif.RefusedDrop] == 0 { // found when pages are wanted back
		front.Transmit(0, []netif.Packet{{Data: make([]byte, 65535)}})
	}
	d := front.Stats().Dropped
	if d[netif.RefusedDrop] != 1 || d[netif.FailedDrop] != 1 || d[netif.ShortDrop] != 1 {
		t.Errorf("%v", d)
	}
	w.up(front)
}

// TestNothingElseShared (XSA-403): of the pages that a backend sees, those to be sent
// cannot be written, and have nothing but the packet and zeros.
func TestNothingElseShared(t *testing.T) {
	_, front, k := invited(t)
	front.Transmit(0, []netif.Packet{{Data: bytes.Repeat([]byte{0xaa}, 60)}})
	q := k.requests(1)[0]
	ref := grant.Ref(uint32(q[0]) | uint32(q[1])<<8 | uint32(q[2])<<16 | uint32(q[3])<<24)
	if _, err := k.p.Grants.Map(frontDomain, []grant.Ref{ref}, false); err == nil {
		t.Error("a page to send can be written by the backend")
	}
	want := append(bytes.Repeat([]byte{0xaa}, 60), make([]byte, 4036)...)
	if got := k.read(ref); !bytes.Equal(got, want) {
		t.Errorf("% x", got)
	}
	k.deliver(rxResponse(0, 0, 0, 0))
	if got := k.read(grant.Ref(k.offers[0][1])); !bytes.Equal(got, make([]byte, 4096)) {
		t.Errorf("% x", got)
	}
}

// read reads a page of the frontend's.
func (k *rawBack) read(ref grant.Ref) []byte {
	k.w.t.Helper()
	b := make([]byte, 4096)
	k.w.must(k.p.Grants.Copy([]grant.CopyOp{{Peer: frontDomain, Ref: ref, Data: b}}))
	return b
}

// TestBackDataChangesLater (XSA-155): as for the frontend.
func TestBackDataChangesLater(t *testing.T) {
	_, front, k := invited(t)
	came := packets(front)
	k.deliver(rxResponse(0, 0, 0, 60))
	p := <-came
	op := grant.CopyOp{Peer: frontDomain, Ref: grant.Ref(k.offers[0][1]), Data: bytes.Repeat([]byte{9}, 60), Write: true}
	k.w.must(k.p.Grants.Copy([]grant.CopyOp{op}))
	if !bytes.Equal(p.Data, make([]byte, 60)) {
		t.Errorf("% x", p.Data)
	}
}

// TestBackKeepsPages: a backend that does not let go of the pages of past
// connections is given no more, and gets them when it has.
func TestBackKeepsPages(t *testing.T) {
	w, front, k := invited(t)
	var kept []*grant.Mapping
	for range 5 {
		m := k.keepAll()
		kept = append(kept, m...)
		k.leave()
		k.say(6)
		w.await(frontPath(0)+"/state", "1")
		if w.front.Grants().Stats().Deferred > 514 {
			break
		}
		k = w.rawBack()
		w.up(front)
	}
	k.say(2)
	i := w.until(front, "refusing", func(i netif.Info) bool { return i.Err != nil })
	if !strings.Contains(i.Err.Error(), "no more are granted") {
		t.Error(i.Err)
	}
	for _, m := range kept {
		m.Close()
	}
	k.say(1)
	w.await(frontPath(0)+"/state", "1")
	w.rawBack()
	w.up(front)
}

// keepAll maps all pages that the frontend offers.
func (k *rawBack) keepAll() []*grant.Mapping {
	k.w.t.Helper()
	var all []*grant.Mapping
	b := make([]byte, 8)
	for {
		ok, err := k.rx.Take(b)
		k.w.must(err)
		if !ok {
			return all
		}
		ref := grant.Ref(uint32(b[4]) | uint32(b[5])<<8 | uint32(b[6])<<16 | uint32(b[7])<<24)
		m, err := k.p.Grants.Map(frontDomain, []grant.Ref{ref}, true)
		k.w.must(err)
		all = append(all, m)
	}
}

// TestBackNonsense: what a backend writes into xenstore may be anything.
func TestBackNonsense(t *testing.T) {
	for _, n := range []struct{ key, value, say string }{
		{"feature-rx-copy", "0", "only flips pages"},
		{"feature-sg", "yes", "no number up to 1"},
		{"multi-queue-max-queues", "-1", "no number"},
		{"feature-split-event-channels", "99999999999999999999999", "no number"},
	} {
		w := newWorld(t)
		w.plug(0)
		front := w.openFront(netif.Config{})
		s := w.back.Store()
		w.must(s.Write(within(t), backPath(0)+"/feature-rx-copy", "1"))
		w.must(errors.Join(s.Write(within(t), backPath(0)+"/"+n.key, n.value), s.Write(within(t), backPath(0)+"/state", "2")))
		i := w.until(front, "refusing", func(i netif.Info) bool { return i.Err != nil })
		if !strings.Contains(i.Err.Error(), n.say) {
			t.Errorf("%s=%s: %v", n.key, n.value, i.Err)
		}
		front.Close()
		w.nothingLeft()
	}
}

// TestBackFlaps: states in any order leave a frontend that takes the next decent
// backend.
func TestBackFlaps(t *testing.T) {
	w, front, k := invited(t)
	for i := range 200 {
		k.say(i * 7 % 10)
	}
	k.leave()
	k.say(1)
	w.await(frontPath(0)+"/state", "1")
	w.rawBack()
	w.up(front)
}
