// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Streams, requests and datagrams over Xen's network interface, in memory: what they
// cost, for profiles. Host only.

package stack

import (
	"testing"

	"github.com/domlet/domlet/rt/posix"
)

// listening makes a listener on the front's address.
func listening(t testing.TB, n *Network) (*caller, posix.Address) {
	t.Helper()
	at := posix.Address{Family: posix.FamilyInet4, Port: 7, IP: [16]byte{10, 0, 0, 1}}
	l := stream(t, n)
	if e := l.Bind(at); e != 0 {
		t.Fatalf("bind: errno %d", e)
	}
	if e := l.Listen(4096); e != 0 {
		t.Fatalf("listen: errno %d", e)
	}
	return l, at
}

// accepted takes one connection.
func (c *caller) accepted(t testing.TB) *caller {
	t.Helper()
	var s posix.Socket
	if e := c.wait(func() (e posix.Errno) { s, _, e = c.Accept(); return e }); e != 0 {
		t.Fatalf("accept: errno %d", e)
	}
	return newCaller(s)
}

// connection makes both ends of one, the first in the frontend's domain, and its link.
func connection(t testing.TB) (front, back *caller, over *link) {
	server, client := linked(t)
	l, at := listening(t, server)
	back = stream(t, client)
	if e := back.Connect(at); e != posix.EINPROGRESS {
		t.Fatalf("connect: errno %d", e)
	}
	return l.accepted(t), back, server.eth0.Load()
}

// move sends n bytes in pieces of a size, and takes them at the other end.
func move(b *testing.B, from, to *caller, n, size int) {
	piece, room := make([]byte, size), make([]byte, 64<<10)
	go func() {
		for at := 0; at < n; {
			e := from.wait(func() posix.Errno {
				k, e := from.Send(piece[:min(size, n-at)], &posix.Message{})
				at += k
				return e
			})
			if e != 0 {
				b.Errorf("send: errno %d", e)
				return
			}
		}
	}()
	for at := 0; at < n; {
		e := to.wait(func() posix.Errno {
			k, e := to.Receive(room, &posix.Message{})
			at += k
			return e
		})
		if e != 0 {
			b.Fatalf("receive: errno %d", e)
		}
	}
}

// BenchmarkStream moves 64 KiB at a time.
func BenchmarkStream(b *testing.B) {
	for _, way := range []string{"out", "in"} {
		b.Run(way, func(b *testing.B) {
			from, to, over := connection(b)
			if way == "in" {
				from, to = to, from
			}
			b.SetBytes(64 << 10)
			b.ReportAllocs()
			b.ResetTimer()
			move(b, from, to, b.N*64<<10, 64<<10)
			c := over.counters()
			b.ReportMetric(float64(c.SentPackets)/float64(b.N), "sent/op")
			b.ReportMetric(float64(c.ReceivedPackets)/float64(b.N), "received/op")
		})
	}
}

// BenchmarkTrip sends a byte there and back.
func BenchmarkTrip(b *testing.B) {
	front, back, _ := connection(b)
	go func() {
		for {
			v, e := front.hear()
			if e != 0 || front.say(v) != 0 {
				return
			}
		}
	}()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if e := back.say(byte(i)); e != 0 {
			b.Fatalf("errno %d", e)
		}
		if v, e := back.hear(); e != 0 || v != byte(i) {
			b.Fatalf("%d came back, errno %d", v, e)
		}
	}
}
