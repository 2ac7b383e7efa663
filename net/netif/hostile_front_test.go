// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Frontends that break the protocol, against the backend. Where a case is known
// from a Xen security advisory (xenbits.xen.org/xsa), it has its number. Host.

package netif_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/ring"
)

// violations are what a frontend may put into the ring that ends its connection,
// and words of the reason.
var violations = map[string]struct {
	say  string
	puts func(f *rawFront)
}{
	"a piece past its page": {"over the end of its page", func(f *rawFront) {
		f.send(txRequest(f.ref(), 4000, 0, 1, 97))
	}},
	"a whole past its page": {"over the end of its page", func(f *rawFront) {
		f.send(txRequest(f.ref(), 0, moreData, 1, 5000), txRequest(f.ref(), 0, 0, 2, 100))
	}},
	"nothing past its page": {"over the end of its page", func(f *rawFront) {
		f.send(txRequest(f.ref(), 0, moreData, 1, 100), txRequest(f.ref(), 4096, 0, 2, 0))
	}},
	"an offset of 65535": {"over the end of its page", func(f *rawFront) {
		f.send(txRequest(f.ref(), 65535, 0, 1, 65535))
	}},
	"nineteen slots": {"more slots", func(f *rawFront) {
		f.send(append(slices.Repeat([][]byte{txRequest(f.ref(), 0, moreData, 1, 100)}, 18), txRequest(f.ref(), 0, 0, 1, 100))...)
	}},
	"no end": {"ends before its last slot", func(f *rawFront) {
		f.send(txRequest(f.ref(), 0, moreData, 1, 100))
	}},
	"no extra information": {"ends before its last slot", func(f *rawFront) {
		f.send(txRequest(f.ref(), 0, abi.NETTXF_extra_info, 1, 100))
	}},
	"extra information without end": {"or twice", func(f *rawFront) {
		f.send(append([][]byte{txRequest(f.ref(), 0, abi.NETTXF_extra_info, 1, 100)},
			slices.Repeat([][]byte{extra(4, 1, 0, 0)}, 200)...)...)
	}},
	"extra information of kind 0": {"of a kind that there is not", func(f *rawFront) {
		f.send(txRequest(f.ref(), 0, abi.NETTXF_extra_info, 1, 100), extra(0, 0, 0, 0))
	}},
	"extra information of kind 255": {"of a kind that there is not", func(f *rawFront) {
		f.send(txRequest(f.ref(), 0, abi.NETTXF_extra_info, 1, 100), extra(255, 0, 0, 0))
	}},
	"segments of no size": {"segments of no size", func(f *rawFront) {
		f.send(txRequest(f.ref(), 0, abi.NETTXF_extra_info, 1, 100), extra(1, 0, 0, 1))
	}},
	"segments of no kind": {"or of no kind", func(f *rawFront) {
		f.send(txRequest(f.ref(), 0, abi.NETTXF_extra_info, 1, 100), extra(1, 0, 1448, 7))
	}},
	"an index that jumps (XSA-39)": {"index cannot be", func(f *rawFront) {
		f.txm.Store32(reqProd, 1000)
		f.event.Notify()
	}},
	"an index that goes back (XSA-39)": {"index cannot be", func(f *rawFront) {
		f.txm.Store32(reqProd, 1<<32-1)
		f.event.Notify()
	}},
}

// TestFrontViolates: each ends the connection with its reason, the frontend is told
// to close, and one that begins anew is served.
func TestFrontViolates(t *testing.T) {
	for name, v := range violations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.plug(0)
			back := w.openBack(netif.Config{})
			f := w.rawFront()
			w.up(back)
			came := packets(back)
			v.puts(f)
			if i := w.down(back); i.Err == nil || !strings.Contains(i.Err.Error(), v.say) {
				t.Errorf("the reason is %v", i.Err)
			}
			w.await(backPath(0)+"/state", "5")
			f.say(6)
			w.await(backPath(0)+"/state", "6")
			if s := back.Stats(); s.Violations != 1 || s.Received != 0 {
				t.Errorf("%+v", s)
			}
			again := w.rawFront()
			w.up(back)
			again.page.Memory().CopyIn(0, []byte("a frame of the decent kind"))
			again.send(txRequest(again.ref(), 0, 0, 7, 26))
			if p := <-came; string(p.Data) != "a frame of the decent kind" {
				t.Errorf("%q came", p.Data)
			}
		})
	}
}

// connected is a backend with a frontend that the test plays.
func connected(t *testing.T) (*world, *netif.Link, *rawFront) {
	w := newWorld(t)
	w.plug(0)
	back := w.openBack(netif.Config{})
	f := w.rawFront()
	w.up(back)
	return w, back, f
}

// TestFrontSizes: pieces that are more than the whole cost the packet, and their
// pages are given back as refused.
func TestFrontSizes(t *testing.T) {
	_, back, f := connected(t)
	packets(back)
	f.send(txRequest(f.ref(), 0, moreData, 1, 100), txRequest(f.ref(), 0, 0, 2, 101))
	f.send(txRequest(f.ref(), 0, 0, 3, 13))
	ids, statuses := f.answers(3)
	if !slices.Equal(ids, []uint16{1, 2, 3}) || !slices.Equal(statuses, []int16{-1, -1, -1}) {
		t.Errorf("%v, %v", ids, statuses)
	}
	if d := back.Stats().Dropped; d[netif.SizeDrop] != 1 || d[netif.ShortDrop] != 1 {
		t.Errorf("%v", d)
	}
}

// TestFrontGrantRefused: pages that are not granted cost the packet, none of whose
// parts comes; others are not harmed.
func TestFrontGrantRefused(t *testing.T) {
	_, back, f := connected(t)
	came := packets(back)
	f.page.Memory().CopyIn(0, []byte("this one is good"))
	f.send(
		txRequest(f.ref(), 0, moreData, 1, 200), txRequest(9999, 0, 0, 2, 100),
		txRequest(0xffffffff, 0, 0, 3, 100),
		txRequest(f.ref(), 0, 0, 4, 16))
	ids, statuses := f.answers(4)
	if !slices.Equal(ids, []uint16{1, 2, 3, 4}) || !slices.Equal(statuses, []int16{-1, -1, -1, 0}) {
		t.Errorf("%v, %v", ids, statuses)
	}
	if p := <-came; string(p.Data) != "this one is good" {
		t.Errorf("%q", p.Data)
	}
	if d := back.Stats().Dropped[netif.CopyDrop]; d != 2 {
		t.Errorf("%d packets were dropped", d)
	}
}

// TestFrontIDTwice: ids are the frontend's own affair. They are answered as they
// came.
func TestFrontIDTwice(t *testing.T) {
	_, back, f := connected(t)
	packets(back)
	f.send(txRequest(f.ref(), 0, 0, 5, 60), txRequest(f.ref(), 0, 0, 5, 60), txRequest(f.ref(), 0, 0, 65535, 60))
	if ids, _ := f.answers(3); !slices.Equal(ids, []uint16{5, 5, 65535}) {
		t.Errorf("%v", ids)
	}
}

// TestFrontMulticast: the requests of a filter, which is not offered, are answered
// and are no packets.
func TestFrontMulticast(t *testing.T) {
	_, back, f := connected(t)
	packets(back)
	f.send(txRequest(f.ref(), 0, abi.NETTXF_extra_info, 5, 60), extra(abi.XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0, 1, 2))
	if ids, statuses := f.answers(2); ids[0] != 5 || !slices.Equal(statuses, []int16{abi.NETIF_RSP_ERROR, abi.NETIF_RSP_NULL}) {
		t.Errorf("%v, %v", ids, statuses)
	}
	if s := back.Stats(); s.Received != 0 {
		t.Errorf("%+v", s)
	}
}

// TestSplitHeaders (XSA-423, XSA-432): headers may lie in pieces of a byte each, as
// many as there may be, and the packet comes in one piece.
func TestSplitHeaders(t *testing.T) {
	_, back, f := connected(t)
	came := packets(back)
	text := []byte("eighteen bytes its")
	f.page.Memory().CopyIn(0, text)
	requests := [][]byte{txRequest(f.ref(), 0, moreData, 0, 18)}
	for i := 1; i < 18; i++ {
		flags := uint16(moreData)
		if i == 17 {
			flags = 0
		}
		requests = append(requests, txRequest(f.ref(), uint16(i), flags, uint16(i), 1))
	}
	f.send(requests...)
	if p := <-came; !bytes.Equal(p.Data, text) {
		t.Errorf("%q", p.Data)
	}
}

// TestDataChangesLater (XSA-155): what a frontend does to a page after its packet
// was received changes nothing.
func TestDataChangesLater(t *testing.T) {
	_, back, f := connected(t)
	came := packets(back)
	f.page.Memory().CopyIn(0, bytes.Repeat([]byte{1}, 60))
	f.send(txRequest(f.ref(), 0, 0, 1, 60))
	p := <-came
	f.page.Memory().CopyIn(0, bytes.Repeat([]byte{2}, 60))
	if !bytes.Equal(p.Data, bytes.Repeat([]byte{1}, 60)) {
		t.Errorf("% x", p.Data)
	}
}

// TestFrontTakesNothing (XSA-392): for a frontend that offers no pages, or fewer
// than the next packet needs, nothing is kept: the caller is told that there is no
// room, and a Ready that waits ends with the link.
func TestFrontTakesNothing(t *testing.T) {
	w, back, f := connected(t)
	f.offer(1)
	long := []netif.Packet{{Data: make([]byte, 5000)}}
	if n, err := back.Transmit(0, long); n != 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	ready := make(chan error)
	go func() { ready <- back.Ready(0) }()
	select {
	case err := <-ready:
		t.Fatalf("there is no room, and Ready returned %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	f.offer(1)
	w.must(<-ready)
	if n, err := back.Transmit(0, long); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, _ := back.Transmit(0, long); n != 0 {
		t.Fatal("a packet went where there is no page")
	}
	go func() { ready <- back.Ready(0) }()
	f.say(6)
	w.must(<-ready)
	if n, _ := back.Transmit(0, long); n != 1 || back.Stats().Dropped[netif.DownDrop] != 1 {
		t.Error("a packet to a link that is down was not dropped")
	}
}

// TestFrontPageRefused: a packet to pages that are not ours to write is dropped, the
// slot says so, and the others arrive.
func TestFrontPageRefused(t *testing.T) {
	_, back, f := connected(t)
	f.w.must(f.rx.Put([]byte{9, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f}))
	f.offer(1)
	if n, err := back.Transmit(0, []netif.Packet{{Data: make([]byte, 60)}, {Data: bytes.Repeat([]byte{7}, 60)}}); n != 2 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	b := make([]byte, 8)
	for _, want := range [][]byte{rxResponse(9, 0, 0, abi.NETIF_RSP_ERROR), rxResponse(0, 0, 0, 60)} {
		if ok, err := f.rx.Take(b); !ok || err != nil || !bytes.Equal(b, want) {
			t.Errorf("% x, %v", b, err)
		}
	}
	if d := back.Stats().Dropped[netif.RefusedDrop]; d != 1 {
		t.Errorf("%d dropped", d)
	}
}

// TestOffersGoBack: a frontend that takes back pages which it had offered breaks
// the protocol: its index goes back under a packet that is being sent.
func TestOffersGoBack(t *testing.T) {
	w, back, f := connected(t)
	f.offer(4)
	f.rxm.Store32(reqProd, 1<<31)
	if _, err := back.Transmit(0, []netif.Packet{{Data: make([]byte, 60)}}); err != nil {
		t.Fatal(err)
	}
	if i := w.down(back); !errors.Is(i.Err, ring.ErrIndex) {
		t.Errorf("%v", i.Err)
	}
}

// TestStorm (XSA-391): events without end from the other end do not keep packets
// from coming. TestVainEvents has what they cost.
func TestStorm(t *testing.T) {
	w, back, f := connected(t)
	came := packets(back)
	ctx, stop := context.WithCancel(within(t))
	var storm sync.WaitGroup
	storm.Go(func() {
		for ctx.Err() == nil {
			f.event.Notify()
		}
	})
	for i := range 20 {
		f.page.Memory().CopyIn(0, bytes.Repeat([]byte{byte(i)}, 60))
		f.send(txRequest(f.ref(), 0, 0, uint16(i), 60))
		if p := <-came; p.Data[0] != byte(i) {
			t.Fatalf("packet %d: % x", i, p.Data)
		}
		f.answers(1)
	}
	stop()
	storm.Wait()
	w.up(back)
}

// TestFrontNonsense: what a frontend writes into xenstore may be anything. It is
// refused with words, and keeps nothing of this domain's.
func TestFrontNonsense(t *testing.T) {
	for name, n := range map[string]struct{ key, value, say string }{
		"no ring":         {"tx-ring-ref", "", "is missing"},
		"ring of letters": {"tx-ring-ref", "abc", "no number"},
		"ring of others":  {"rx-ring-ref", "7777", "not granted"},
		"endless ring":    {"rx-ring-ref", "99999999999999999999", "no number"},
		"no port":         {"event-channel", "", "is missing"},
		"port of nobody":  {"event-channel", "1000", "no such port"},
		"flipping":        {"request-rx-copy", "0", "flipped"},
		"deaf":            {"feature-rx-notify", "0", "nobody would tell"},
		"many queues":     {"multi-queue-num-queues", "1000000", "no number up to 1"},
		"no queues":       {"multi-queue-num-queues", "0", "no queues"},
		"a feature of 2":  {"feature-sg", "2", "no number up to 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, back, f := connected(t)
			f.say(6)
			w.down(back)
			f.say(1)
			w.await(backPath(0)+"/state", "2")
			if n.value == "" {
				w.must(f.p.Store.Remove(within(t), frontPath(0)+"/"+n.key))
			} else {
				w.must(f.p.Store.Write(within(t), frontPath(0)+"/"+n.key, n.value))
			}
			f.say(4)
			i := w.until(back, "refusing", func(i netif.Info) bool { return i.Err != nil })
			if !strings.Contains(i.Err.Error(), n.say) {
				t.Errorf("%v", i.Err)
			}
			w.await(backPath(0)+"/state", "5")
			w.keepsNothing(w.back, unconnected)
		})
	}
}

// TestFrontFlaps: states in any order, as fast as xenstore takes them, leave a
// backend that serves the next decent frontend.
func TestFrontFlaps(t *testing.T) {
	w, back, f := connected(t)
	for i := range 200 {
		f.say(i * 7 % 10)
	}
	f.say(6)
	w.await(backPath(0)+"/state", "6")
	w.rawFront()
	w.up(back)
}
