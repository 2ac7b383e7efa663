// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Ten thousand connections over Xen's network interface, in memory. Host only.

package stack

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/net/netif/netiftest"
	"github.com/domlet/domlet/rt/posix"
	"github.com/domlet/domlet/xen/xentest"
)

// linked makes two networks with an interface between them: the first has its
// frontend, the second its backend.
func linked(t testing.TB) (front, back *Network) {
	t.Helper()
	return linkedBy(t, netif.Config{})
}

// linkedBy is linked for an interface of that kind.
func linkedBy(t testing.TB, c netif.Config) (front, back *Network) {
	t.Helper()
	const mac = "00:16:3e:01:02:03"
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	h := xentest.New(t, 1)
	if err := netiftest.Plug(ctx, h.Domain(0).Store(), 1, 2, 0, mac); err != nil {
		t.Fatal(err)
	}
	f, err := netif.OpenFront(ctx, h.Domain(1).Platform(), 0, c)
	if err != nil {
		t.Fatal(err)
	}
	b, err := netif.OpenBack(ctx, h.Domain(2).Platform(), 1, 0, c)
	if err != nil {
		t.Fatal(err)
	}
	return over(t, f, 1, "10.0.0.1/24"), over(t, b, 2, "10.0.0.2/24")
}

// over makes a network over one end.
func over(t testing.TB, l *netif.Link, last byte, text string) *Network {
	t.Helper()
	until(t, func() bool { return l.Info().Up })
	n := outfitted(t, &tallied{wire: l}, last, text)
	t.Cleanup(func() { l.Close() })
	return n
}

// used is the memory that the program holds on to, in bytes.
func used() uint64 {
	runtime.GC()
	runtime.GC() // what pools kept of the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// caller is one end of a connection, with a channel that tells of news.
type caller struct {
	posix.Socket
	news chan byte
}

func newCaller(s posix.Socket) *caller {
	c := &caller{s, make(chan byte, 1)}
	s.Notify(func(mode byte) {
		select {
		case c.news <- mode:
		default:
		}
	})
	return c
}

// wait tries until the answer is something else than "not yet".
func (c *caller) wait(try func() posix.Errno) posix.Errno {
	for {
		if e := try(); e != posix.EAGAIN {
			return e
		}
		<-c.news
	}
}

// connected waits until a connection that was begun is there.
func (c *caller) connected() posix.Errno {
	return c.wait(func() posix.Errno {
		if _, e := c.Peer(); e != posix.ENOTCONN {
			return e
		}
		return posix.EAGAIN
	})
}

// say sends one byte, and hear receives one.
func (c *caller) say(b byte) posix.Errno {
	return c.wait(func() posix.Errno {
		_, e := c.Send([]byte{b}, &posix.Message{})
		return e
	})
}

func (c *caller) hear() (b byte, e posix.Errno) {
	var got [1]byte
	n := 0
	e = c.wait(func() (e posix.Errno) {
		n, e = c.Receive(got[:], &posix.Message{})
		return e
	})
	if e == 0 && n == 0 {
		e = posix.ENOTCONN // the other end has closed
	}
	return got[0], e
}

// stream makes a socket.
func stream(t testing.TB, n *Network) *caller {
	t.Helper()
	s, e := n.Socket(posix.FamilyInet4, posix.KindStream, 0)
	if e != 0 {
		t.Fatalf("socket: errno %d", e)
	}
	return newCaller(s)
}

// TestTenThousand: ten thousand connections, each with a goroutine that sends back what
// comes, leave a quarter of a 128 MiB domain free. Both ends are here, so twice that
// memory is theirs.
func TestTenThousand(t *testing.T) {
	const connections, most = 10_000, 2 * (128 - 32) << 20
	server, client := linked(t)
	listener, at := listening(t, server)
	before := used()
	go serve7(listener)
	open := make([]*caller, connections)
	for i := range open {
		open[i] = stream(t, client)
		if e := open[i].Connect(at); e != posix.EINPROGRESS {
			t.Fatalf("connection %d: errno %d", i, e)
		}
		if i%100 != 99 {
			continue
		}
		for _, c := range open[i-99 : i+1] {
			if e := c.connected(); e != 0 {
				t.Fatalf("connection near %d: errno %d", i, e)
			}
		}
	}
	for i, c := range open {
		if e := c.say(byte(i)); e != 0 {
			t.Fatalf("connection %d: errno %d", i, e)
		}
	}
	for i, c := range open {
		if b, e := c.hear(); e != 0 || b != byte(i) {
			t.Fatalf("connection %d: %d came back, errno %d", i, b, e)
		}
	}
	after := used()
	t.Logf("%d connections hold %d MiB at both ends, %d bytes each", connections, (after-before)>>20, (after-before)/connections)
	if after-before > most {
		t.Errorf("%d bytes are more than %d", after-before, most)
	}
	for _, c := range open {
		c.Close()
	}
}

// serve7 sends back what comes, on a goroutine for each connection.
func serve7(l *caller) {
	for {
		var s posix.Socket
		if e := l.wait(func() (e posix.Errno) { s, _, e = l.Accept(); return e }); e != 0 {
			return
		}
		c := newCaller(s)
		go func() {
			for {
				b, e := c.hear()
				if e != 0 || c.say(b) != 0 {
					return
				}
			}
		}()
	}
}
