// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What hostile clients do. Host.

package clipboard

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/vchan"
)

// hostile is a client that may do anything but leave its loop: each of its methods is one attempt.
type hostile struct {
	*peer
	random *rand.Rand
}

// dial connects, if that works within two seconds: the clipboard may want nothing to do with this client.
func (h *hostile) dial() *vchan.Conn {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	c, err := vchan.Dial(ctx, h.d.Platform(), self, vchan.Path(h.d.ID(), Port))
	if err != nil {
		return nil
	}
	c.SetDeadline(time.Now().Add(time.Minute))
	return c
}

// with runs f over a connection, if there is one.
func (h *hostile) with(f func(c *vchan.Conn)) {
	if c := h.dial(); c != nil {
		f(c)
		c.Close()
	}
}

// bytes are random ones.
func (h *hostile) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(h.random.Uint32())
	}
	return b
}

// begins writes the beginning of a copy.
func (h *hostile) begins(c *vchan.Conn) {
	head := header{kind: copyKind, size: copyHead + 10 + 20000}
	c.Write(append(head.append(nil), "\x0a\x00\x00\x00text/plain"...))
	c.Write(h.bytes(h.random.IntN(10000)))
}

func (h *hostile) garbage() {
	h.with(func(c *vchan.Conn) {
		b := h.bytes(1 + h.random.IntN(500))
		if h.random.IntN(2) == 0 { // look like a request
			copy(b, header{kind: kind(1 + h.random.IntN(4)), size: claim(h.random.Uint32() >> h.random.IntN(32))}.append(nil))
		}
		c.Write(b)
		c.SetReadDeadline(time.Now().Add(time.Second))
		c.Read(make([]byte, 100))
	})
}

func (h *hostile) flood() {
	h.with(func(c *vchan.Conn) {
		conn := NewConn(c)
		for range 1000 {
			if _, err := conn.Status(); err != nil && err != ErrBusy {
				return
			}
		}
	})
}

// stall begins a copy, or a paste that it does not read, and waits.
func (h *hostile) stall() {
	h.with(func(c *vchan.Conn) {
		h.begins(c)
		c.Read(make([]byte, 1))
	})
}

// hoard connects again and again, and keeps what it gets.
func (h *hostile) hoard() {
	for range 20 {
		if c := h.dial(); c != nil {
			time.AfterFunc(20*time.Second, func() { c.Close() })
		}
	}
}

// die is killed in the middle of a copy; another domain gets its number and its name.
func (h *hostile) die() {
	if c := h.dial(); c != nil {
		h.begins(c)
	}
	h.d.Kill()
	id := h.d.ID()
	h.d = h.w.host.Domain(id)
	h.w.server.Attach(h.w.attach(id, "bad"))
}

// panics pastes what the policy panics about.
func (h *hostile) panics() {
	h.with(func(c *vchan.Conn) { NewConn(c).Paste(make([]byte, 10)) })
}

// hangs pastes what the policy never decides about.
func (h *hostile) hangs() { h.panics() }

// lie says that it has written 2 GiB.
func (h *hostile) lie() {
	p, path := h.d.Platform(), store.DomainPath(self)+"/"+vchan.Path(h.d.ID(), Port)
	port, err := h.number(path + "/event-channel")
	ref, err2 := h.number(path + "/ring-ref")
	if err != nil || err2 != nil {
		return
	}
	event, err := p.Events.Interdomain(self, evtchn.Port(port))
	if err != nil {
		return
	}
	defer event.Close()
	page, err := p.Grants.Map(self, []grant.Ref{grant.Ref(ref)}, false)
	if err != nil {
		return
	}
	defer page.Close()
	const leftProd, lives = 4, 20 // io/libxenvchan.h
	page.Memory().Store32(leftProd, 1<<31)
	page.Memory().Or32(lives, 1)
	page.Memory().And32(lives, ^uint32(2))
	event.Notify()
	time.Sleep(time.Second)
}

func (h *hostile) number(path string) (uint64, error) {
	value, err := h.d.Store().Read(context.Background(), path)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(value, 10, 32)
}

// notify sends events for nothing.
func (h *hostile) notify() {
	event, err := h.number(store.DomainPath(self) + "/" + vchan.Path(h.d.ID(), Port) + "/event-channel")
	if err != nil {
		return
	}
	if c, err := h.d.Platform().Events.Interdomain(self, evtchn.Port(event)); err == nil {
		for range 100 {
			c.Notify()
			time.Sleep(time.Millisecond)
		}
		c.Close()
	}
}

// churn connects and leaves.
func (h *hostile) churn() {
	for range 10 {
		h.with(func(*vchan.Conn) {})
	}
}
