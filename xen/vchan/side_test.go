// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Bytes of life and bits of notification. Host.

package vchan

import "testing"

// state returns one byte of the page's state word.
func (p *pair) state(shift uint32) uint32 { return p.page.Load32(stateAt) >> shift & 0xff }

func TestLife(t *testing.T) {
	page := newPlain(pageSize)
	o := orders{smallOrder, largeOrder}
	format(page, o, []uint32{5, 6})
	server := newServer(page, o, rings{page, page})
	if page.Load32(ordersAt) != o.word() || page.Load32(grantsAt) != 5 || page.Load32(grantsAt+4) != 6 {
		t.Error("the page was formatted wrong")
	}
	if server.partner() != awaited {
		t.Errorf("before a client comes, its byte is %d", server.partner())
	}
	client := newClient(page, o, rings{page, page})
	client.enter()
	if server.partner() != 1 || client.partner() != 1 {
		t.Errorf("connected: %d and %d", server.partner(), client.partner())
	}
	client.leave()
	if server.partner() != gone || client.partner() != 1 {
		t.Errorf("the client left: %d and %d", server.partner(), client.partner())
	}
	server.leave()
	if client.partner() != gone {
		t.Errorf("the server left: %d", client.partner())
	}
}

// TestNotification: an event is owed once for each request, of that kind, and to the one who asked.
func TestNotification(t *testing.T) {
	p := newPair(orders{10, 11}, 0)
	type ends struct {
		name      string
		ask, tell *side
	}
	both := []ends{{"the server", p.server, p.client}, {"the client", p.client, p.server}}
	for _, c := range both { // both ends ask for data from the start
		if !c.tell.owed(whenWritten) || c.tell.owed(whenWritten) || c.tell.owed(whenRead) {
			t.Errorf("%s at the beginning", c.name)
		}
	}
	for _, c := range both {
		for _, bit := range []uint32{whenRead, whenWritten} {
			c.ask.request(bit)
			c.ask.request(bit)
			if c.ask.owed(bit) || c.tell.owed(bit^3) || !c.tell.owed(bit) || c.tell.owed(bit) {
				t.Errorf("%s: request %d", c.name, bit)
			}
		}
	}
	if p.state(cliLive) != 1 || p.state(srvLive) != 1 {
		t.Error("notification changed the bytes of life")
	}
}

// TestHostileState: bits and bytes without a meaning are kept for their owner and mean nothing.
func TestHostileState(t *testing.T) {
	p := newPair(orders{10, 11}, 0)
	p.page.Or32(stateAt, 0xfcfc0000|0xfe)
	if p.server.partner() == gone || p.server.partner() == awaited {
		t.Errorf("a live byte of %#x", p.server.partner())
	}
	p.server.owed(whenWritten)
	p.server.owed(whenRead)
	if p.state(srvNotify) != 0xfc {
		t.Errorf("bits of the other end became %#x", p.state(srvNotify))
	}
	p.server.leave()
	if p.state(srvLive) != 0 || p.state(cliLive) != 0xff {
		t.Error("leaving changed the client's byte, or not the server's")
	}
}
