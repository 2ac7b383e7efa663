// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// An interface with several queues. Host only.

package stack

import (
	"sync/atomic"
	"testing"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/rt/posix"
)

// tallied counts what goes by each queue of a wire.
type tallied struct {
	wire
	sent, received [mostQueues]atomic.Int64
}

func (w *tallied) Transmit(queue int, batch []netif.Packet) (int, error) {
	n, err := w.wire.Transmit(queue, batch)
	w.sent[queue].Add(int64(n))
	return n, err
}

func (w *tallied) Receive(queue int, batch []netif.Packet, alloc func(n int) []byte) (int, error) {
	n, err := w.wire.Receive(queue, batch, alloc)
	w.received[queue].Add(int64(n))
	return n, err
}

// datagrams makes a socket for them on an address of a network.
func datagrams(t *testing.T, n *Network, last byte, port uint16) *caller {
	t.Helper()
	s, e := n.Socket(posix.FamilyInet4, posix.KindDatagram, 0)
	if e == 0 {
		e = s.Bind(posix.Address{Family: posix.FamilyInet4, Port: port, IP: [16]byte{10, 0, 0, last}})
	}
	if e != 0 {
		t.Fatalf("a socket for datagrams: errno %d", e)
	}
	return newCaller(s)
}

// TestQueues: datagrams and bytes of many flows arrive, those of each flow in order,
// and both queues carry some, each way.
func TestQueues(t *testing.T) {
	const flows, each = 16, 50
	front, back := linkedBy(t, netif.Config{Queues: 2})
	l, where := listening(t, front)
	echoOnce(t, l, where, back) // gVisor keeps no order while it looks for a neighbour
	at := posix.Address{Family: posix.FamilyInet4, Port: 9, IP: [16]byte{10, 0, 0, 1}}
	server := datagrams(t, front, 1, at.Port)
	for i := range flows {
		from := datagrams(t, back, 2, uint16(1000+i))
		go func() {
			for k := range each {
				message := &posix.Message{Address: at}
				if e := from.wait(func() posix.Errno { _, e := from.Send([]byte{byte(i), byte(k)}, message); return e }); e != 0 {
					t.Errorf("send: errno %d", e)
				}
			}
		}()
	}
	var next [flows]byte
	for range flows * each {
		var b [2]byte
		m := posix.Message{}
		if e := server.wait(func() posix.Errno { m = posix.Message{}; _, e := server.Receive(b[:], &m); return e }); e != 0 {
			t.Fatalf("receive: errno %d", e)
		}
		if b[1] != next[b[0]] {
			t.Fatalf("flow %d: datagram %d came in the place of %d", b[0], b[1], next[b[0]])
		}
		next[b[0]]++
		server.Send(b[:], &posix.Message{Address: m.Address}) // nobody minds a lost one
	}
	for range flows {
		echoOnce(t, l, where, back)
	}
	for name, n := range map[string]*Network{"front": front, "back": back} {
		w := n.eth0.Load().wire.(*tallied)
		for q := range 2 {
			if w.sent[q].Load() == 0 || w.received[q].Load() == 0 {
				t.Errorf("%s: queue %d has sent %d packets and received %d", name, q, w.sent[q].Load(), w.received[q].Load())
			}
		}
	}
}

// echoOnce has one connection carry a number there and back.
func echoOnce(t *testing.T, l *caller, at posix.Address, client *Network) {
	t.Helper()
	c := stream(t, client)
	if e := c.Connect(at); e != posix.EINPROGRESS {
		t.Fatalf("connect: errno %d", e)
	}
	s := l.accepted(t)
	for _, way := range [][2]*caller{{c, s}, {s, c}} {
		if e := way[0].say(42); e != 0 {
			t.Fatalf("say: errno %d", e)
		}
		if b, e := way[1].hear(); e != 0 || b != 42 {
			t.Fatalf("hear: %d, errno %d", b, e)
		}
	}
	c.Close()
	s.Close()
}

// TestQueuesFor: each processor has a queue where memory allows.
func TestQueuesFor(t *testing.T) {
	for _, c := range []struct {
		processors int
		limit      int64
		want       int
	}{{1, 1 << 30, 1}, {2, 1 << 30, 2}, {32, 1 << 30, mostQueues}, {4, 70 << 20, 2}, {4, 10 << 20, 1}} {
		if got := queuesFor(c.processors, c.limit); got != c.want {
			t.Errorf("%d processors, %d MiB: %d queues, want %d", c.processors, c.limit>>20, got, c.want)
		}
	}
}
