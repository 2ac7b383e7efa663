// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Netlink sockets, as far as package net asks them: the lists of interfaces and
// of their addresses (RTM_GETLINK, RTM_GETADDR).

package posix

import "sync"

// Linux's values (linux/netlink.h, linux/rtnetlink.h, linux/if_link.h).
const (
	netlinkRoute = 0 // NETLINK_ROUTE
	netlinkError = 2 // NLMSG_ERROR
	netlinkDone  = 3 // NLMSG_DONE
	netlinkMulti = 2 // NLM_F_MULTI
	netlinkDump  = 0x300
	routeNewLink = 16
	routeGetLink = 18
	routeNewAddr = 20
	routeGetAddr = 22
	linkAddress  = 1  // IFLA_ADDRESS
	linkName     = 3  // IFLA_IFNAME
	linkMTU      = 4  // IFLA_MTU
	linkStats    = 23 // IFLA_STATS64
	addrAddress  = 1  // IFA_ADDRESS
	addrLocal    = 2  // IFA_LOCAL
	addrLabel    = 3  // IFA_LABEL
	hardwareLoop = 772
	hardwareEth  = 1
	netlinkSize  = 16 // of struct nlmsghdr
	scopeGlobal  = 0
	scopeLink    = 253
	scopeHost    = 254
)

// interface flags (IFF_*) that matter here.
const flagLoopback = 0x8

// netlink is one socket.
type netlink struct {
	network Network
	kind    int
	mu      sync.Mutex
	ready   func(mode byte)
	pid     uint32
	queue   [][]byte // answers
}

// newNetlink makes a socket that can be asked about the network.
func newNetlink(n Network, kind, protocol int) (Socket, Errno) {
	switch {
	case kind != KindRaw && kind != KindDatagram:
		return nil, ESOCKTNOSUPPORT
	case protocol != netlinkRoute:
		return nil, EPROTONOSUPPORT
	}
	return &netlink{network: n, kind: kind}, 0
}

func (n *netlink) Notify(ready func(mode byte)) { n.ready = ready }

// Bind takes the address asked for, or for 0 the process's number.
func (n *netlink) Bind(a Address) Errno {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pid = max(a.pid, 1)
	return 0
}

// Connect agrees to talk to the kernel, the only one there is to talk to.
func (n *netlink) Connect(a Address) Errno {
	if a.pid != 0 {
		return ECONNREFUSED
	}
	return 0
}

func (n *netlink) Listen(int) Errno                 { return EOPNOTSUPP }
func (n *netlink) Accept() (Socket, Address, Errno) { return nil, Address{}, EOPNOTSUPP }
func (n *netlink) Shutdown(bool, bool) Errno        { return EOPNOTSUPP }
func (n *netlink) Close()                           {}

func (n *netlink) Local() (Address, Errno) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return Address{Family: FamilyNetlink, pid: n.pid}, 0
}

func (n *netlink) Peer() (Address, Errno) { return Address{Family: FamilyNetlink}, 0 }

// Send answers a request.
func (n *netlink) Send(b []byte, m *Message) (int, Errno) {
	if m.Address.pid != 0 {
		return 0, ECONNREFUSED
	}
	if len(b) >= netlinkSize && int(get32(b)) >= netlinkSize {
		n.answer(b[:min(len(b), int(get32(b)))])
	}
	return len(b), 0
}

// answer queues the answer to one request.
func (n *netlink) answer(request []byte) {
	kind, flags := get32(request[4:])&0xffff, get32(request[4:])>>16
	family := 0
	if len(request) > netlinkSize {
		family = int(request[netlinkSize])
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	r := reply{sequence: get32(request[8:]), pid: max(n.pid, 1)}
	switch {
	case flags&netlinkDump == 0 || kind != routeGetLink && kind != routeGetAddr:
		r.begin(netlinkError, 0)
		r.b = append(r.b, word(-int(EOPNOTSUPP))...)
		r.b = append(r.b, request[:netlinkSize]...)
		r.end()
	default:
		for _, l := range n.network.Links() {
			if kind == routeGetLink {
				r.link(&l)
			} else {
				r.addresses(&l, family)
			}
		}
		n.queue = append(n.queue, r.b)
		r.b = nil
		r.begin(netlinkDone, netlinkMulti)
		r.b = append(r.b, word(0)...)
		r.end()
	}
	n.queue = append(n.queue, r.b)
	n.ready(modeRead)
}

// Receive takes one datagram of answers.
func (n *netlink) Receive(b []byte, m *Message) (int, Errno) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) == 0 {
		return 0, EAGAIN
	}
	first := n.queue[0]
	if m.Flags&MessagePeek == 0 {
		n.queue = n.queue[1:]
	}
	m.Flags, m.Size, m.Address = 0, len(first), Address{Family: FamilyNetlink}
	if len(first) > len(b) {
		m.Flags = MessageTruncated
	}
	return copy(b, first), 0
}

func (n *netlink) Pending() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) == 0 {
		return 0
	}
	return len(n.queue[0])
}

// Option: none but the error, of which there is none.
func (n *netlink) Option(level, name int) ([]byte, Errno) {
	if level == levelSocket && name == optionError {
		return word(0), 0
	}
	return nil, ENOPROTOOPT
}

// SetOption takes sizes of buffers, which have no limit here.
func (n *netlink) SetOption(level, name int, _ []byte) Errno {
	if level == levelSocket && (name == optionSendBuffer || name == optionRecvBuffer) {
		return 0
	}
	return ENOPROTOOPT
}

// reply is an answer in the making.
type reply struct {
	b             []byte
	start         int // of the message in the making
	sequence, pid uint32
}

// begin starts a message.
func (r *reply) begin(kind, flags uint32) {
	r.start = len(r.b)
	r.b = append(r.b, make([]byte, netlinkSize)...)
	put32(r.b[r.start+4:], kind|flags<<16)
	put32(r.b[r.start+8:], r.sequence)
	put32(r.b[r.start+12:], r.pid)
}

// end writes the message's length into it.
func (r *reply) end() { put32(r.b[r.start:], uint32(len(r.b)-r.start)) }

// attribute appends an attribute and its padding.
func (r *reply) attribute(kind uint32, data []byte) {
	n := 4 + len(data)
	r.b = append(r.b, word(n|int(kind)<<16)...)
	r.b = append(r.b, data...)
	r.b = append(r.b, make([]byte, -n&3)...)
}

// link describes an interface (struct ifinfomsg).
func (r *reply) link(l *Link) {
	hardware := hardwareEth
	if l.Flags&flagLoopback != 0 {
		hardware = hardwareLoop
	}
	r.begin(routeNewLink, netlinkMulti)
	r.b = append(r.b, word(hardware<<16)...)
	r.b = append(r.b, word(l.Index)...)
	r.b = append(r.b, word(int(l.Flags))...)
	r.b = append(r.b, word(0)...)
	r.attribute(linkName, append([]byte(l.Name), 0))
	r.attribute(linkMTU, word(l.MTU))
	r.attribute(linkStats, l.Counters.encode())
	if l.Flags&flagLoopback != 0 {
		r.attribute(linkAddress, make([]byte, 6))
	} else if len(l.Hardware) > 0 {
		r.attribute(linkAddress, l.Hardware)
	}
	r.end()
}

// encode lays the counters out as struct rtnl_link_stats64.
func (c *Counters) encode() []byte {
	const size = 25 * 8
	b := make([]byte, size)
	for i, v := range []uint64{c.ReceivedPackets, c.SentPackets, c.ReceivedBytes, c.SentBytes,
		c.ReceiveErrors, c.SendErrors, c.ReceiveDropped, c.SendDropped} {
		put64(b[8*i:], v)
	}
	return b
}

// addresses describes an interface's addresses (struct ifaddrmsg).
func (r *reply) addresses(l *Link, family int) {
	for _, p := range l.Prefixes {
		if family != FamilyNone && family != p.Family {
			continue
		}
		ip := p.IP[:]
		if p.Family == FamilyInet4 {
			ip = ip[:4]
		}
		r.begin(routeNewAddr, netlinkMulti)
		r.b = append(r.b, byte(p.Family), byte(p.Bits), 0x80, scope(l, ip))
		r.b = append(r.b, word(l.Index)...)
		r.attribute(addrAddress, ip)
		if p.Family == FamilyInet4 {
			r.attribute(addrLocal, ip)
			r.attribute(addrLabel, append([]byte(l.Name), 0))
		}
		r.end()
	}
}

// scope is how far an address reaches (RT_SCOPE_*).
func scope(l *Link, ip []byte) byte {
	switch {
	case l.Flags&flagLoopback != 0:
		return scopeHost
	case len(ip) == 16 && ip[0] == 0xfe && ip[1]&0xc0 == 0x80:
		return scopeLink
	}
	return scopeGlobal
}
