// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The conversation: requests out, answers and events in. Kernel, lock held.

package control

import (
	"math/bits"
	"sync/atomic"
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/bytering"
)

// FirstID is the number of the kernel's first request. The program's are smaller.
const FirstID = 1 << 31

// The requests, in the order in which they are sent: what is acknowledged before
// it is read again is not obeyed twice.
const (
	clearShutdown = iota
	clearSysrq
	watchShutdown
	watchSysrq
	offerPoweroff
	offerReboot
	readShutdown
	readSysrq
	readName
	requests
)

// atStart are the requests of Start.
const atStart = 1<<watchShutdown | 1<<watchSysrq | 1<<offerPoweroff | 1<<offerReboot

// Tokens of the two watches.
const (
	tokenShutdown = 's'
	tokenSysrq    = 'k'
)

// Parts of a message's header, abi.Xsd_sockmsg: the type, the number of a request
// without its lowest byte, no transaction; the length follows.
const (
	xsRead  = "\x02\x00\x00\x00"
	xsWatch = "\x04\x00\x00\x00"
	xsWrite = "\x0b\x00\x00\x00"
	number  = "\x00\x00\x80\x00\x00\x00\x00"
	length  = "\x00\x00\x00"
)

// messages are the requests as they go out: ready-made, because every image holds
// them. Paths are relative to the domain's own. A test reads them.
var messages = [requests]string{
	clearShutdown: xsWrite + "\x00" + number + "\x11" + length + "control/shutdown\x00",
	clearSysrq:    xsWrite + "\x01" + number + "\x0e" + length + "control/sysrq\x00",
	watchShutdown: xsWatch + "\x02" + number + "\x13" + length + "control/shutdown\x00s\x00",
	watchSysrq:    xsWatch + "\x03" + number + "\x10" + length + "control/sysrq\x00k\x00",
	offerPoweroff: xsWrite + "\x04" + number + "\x1a" + length + "control/feature-poweroff\x001",
	offerReboot:   xsWrite + "\x05" + number + "\x18" + length + "control/feature-reboot\x001",
	readShutdown:  xsRead + "\x06" + number + "\x11" + length + "control/shutdown\x00",
	readSysrq:     xsRead + "\x07" + number + "\x0e" + length + "control/sysrq\x00",
	readName:      xsRead + "\x08" + number + "\x05" + length + "name\x00",
}

// Order is what the kernel is to do.
type Order uint8

// The orders.
const (
	None     Order = iota
	Poweroff       // end, and stay down
	Reboot         // end, to be started again
	Sysrq          // see Key
)

// Control is the state of the conversation; the zero value has said nothing.
type Control struct {
	Key byte // of the last Sysrq

	wanted uint16 // requests to be sent, by bit
	flight uint16 // requests without an answer

	head abi.Xsd_sockmsg
	text [112]byte // longer payloads are cut

	name  [64]byte
	named uint32 // 0: not asked for; 1: asked; 2: answered
	size  uint8  // of the name
}

// Start subscribes to what is asked of the domain and says what it can do.
// notify: the other side is to be told.
func (c *Control) Start(m *bytering.Messages) (notify bool) {
	c.wanted |= c.flight | atStart // a resumed domain gets no answer to what it asked before
	c.flight = 0
	return c.send(m)
}

// Hear reads what has come, up to the first order, unless the program reads, and
// sends what it can. It is called again after an order.
func (c *Control) Hear(m *bytering.Messages) (o Order, notify bool) {
	if m.TryListen() {
		for o == None && c.next(m) {
			notify = true
			o = c.Take(c.head.Type, c.head.Req_id, c.text[:c.kept()])
		}
		m.Unlisten()
	}
	return o, c.send(m) || notify
}

// next takes a message out of the ring, once all of it is there.
func (c *Control) next(m *bytering.Messages) bool {
	head := unsafe.Slice((*byte)(unsafe.Pointer(&c.head)), unsafe.Sizeof(c.head))
	pending, ok := m.Pending()
	if !ok || m.Peek(head) < len(head) || uint64(pending) < uint64(len(head))+uint64(c.head.Len) {
		return false
	}
	m.Skip(uint32(len(head)))
	m.Peek(c.text[:c.kept()])
	m.Skip(c.head.Len)
	return true
}

// kept is how many bytes of the payload are kept.
func (c *Control) kept() uint32 { return min(c.head.Len, uint32(len(c.text))) }

// Take takes a message that nothing of the program's explains, and answers what
// is to be done.
func (c *Control) Take(kind, id uint32, text []byte) Order {
	if kind == abi.XS_WATCH_EVENT {
		c.changed(text)
		return None
	}
	request := id - FirstID
	if request >= requests {
		return None
	}
	c.flight &^= 1 << request
	if request == readName {
		c.keepName(kind, text)
	}
	if kind != abi.XS_READ || len(text) == 0 {
		return None
	}
	switch request {
	case readShutdown:
		return c.shutdown(text)
	case readSysrq:
		c.Key = text[0]
		if c.Key != 0 { // Linux clears the node so
			c.wanted |= 1 << clearSysrq
			return Sysrq
		}
	}
	return None
}

// changed has the node read that a watch's event is about: a path and a token.
func (c *Control) changed(text []byte) {
	if len(text) < 2 {
		return
	}
	switch text[len(text)-2] {
	case tokenShutdown:
		c.wanted |= 1 << readShutdown
	case tokenSysrq:
		c.wanted |= 1 << readSysrq
	}
}

// shutdown acknowledges a request that the kernel knows. Any other, suspend
// above all, is left in the node: so its sender learns that nobody obeys.
func (c *Control) shutdown(text []byte) Order {
	o := None
	switch string(text) {
	case "poweroff":
		o = Poweroff
	case "reboot":
		o = Reboot
	default:
		return None
	}
	c.wanted |= 1 << clearShutdown
	return o
}

// send writes the requests that are wanted and have room.
func (c *Control) send(m *bytering.Messages) (notify bool) {
	for now := c.wanted &^ c.flight; now != 0; now &= now - 1 {
		if !m.TryBegin() {
			return notify
		}
		sent := c.ask(m, bits.TrailingZeros16(now))
		m.Release()
		if !sent {
			return notify
		}
		notify = true
	}
	return notify
}

// ask writes one request. False: there is no room.
func (c *Control) ask(m *bytering.Messages, request int) bool {
	text := messages[request]
	if m.Free() < uint32(len(text)) {
		return false
	}
	m.Write(unsafe.Slice(unsafe.StringData(text), len(text)))
	c.wanted &^= 1 << request
	c.flight |= 1 << request
	return true
}

// AskName has the domain's name fetched, unless that was done before; it is
// asked for when Hear is called next.
func (c *Control) AskName() {
	if c.named == 0 {
		c.named = 1
		c.wanted |= 1 << readName
	}
}

// keepName keeps the name that xenstored answers, or none.
func (c *Control) keepName(kind uint32, text []byte) {
	if kind == abi.XS_READ {
		c.size = uint8(copy(c.name[:], text))
	}
	atomic.StoreUint32(&c.named, 2)
}

// Name copies the domain's name, up to 64 bytes of it. False: xenstored has not
// answered yet. It may be called without the lock.
func (c *Control) Name(p []byte) (n int, known bool) {
	if atomic.LoadUint32(&c.named) != 2 {
		return 0, false
	}
	return copy(p, c.name[:c.size]), true
}
