// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Sockets of rt/posix over gVisor's endpoints: making, naming, connecting.
// Runs on the caller's goroutine; NotifyEvent on gVisor's.

package stack

import (
	"sync/atomic"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"

	"github.com/domlet/domlet/rt/posix"
)

// socket is one of them.
type socket struct {
	family int
	kind   int
	ep     tcpip.Endpoint
	queue  *waiter.Queue
	entry  waiter.Entry
	ready  func(mode byte)
	full   atomic.Bool // somebody may wait for room to send, or for a connection
	most   int         // connections that may wait where it listens
}

// Socket makes a socket: of TCP, UDP, ICMP echo (a datagram socket of protocol
// ICMP), or raw.
func (n *Network) Socket(family, kind, protocol int) (posix.Socket, posix.Errno) {
	transport, e := transportOf(family, kind, protocol)
	if e != 0 {
		return nil, e
	}
	network := tcpip.NetworkProtocolNumber(ipv4.ProtocolNumber)
	if family == posix.FamilyInet6 {
		network = ipv6.ProtocolNumber
	}
	s := &socket{family: family, kind: kind, queue: new(waiter.Queue), most: n.backlog}
	var err tcpip.Error
	if kind == posix.KindRaw {
		s.ep, err = n.s.NewRawEndpoint(transport, network, s.queue, true)
	} else {
		s.ep, err = n.s.NewEndpoint(transport, network, s.queue)
	}
	if err != nil {
		return nil, errno(err)
	}
	if kind == posix.KindStream {
		s.ep.SocketOptions().SetDelayOption(true) // Nagle's algorithm, until TCP_NODELAY
	}
	return s, 0
}

// transportOf returns the protocol of a socket of that kind.
func transportOf(family, kind, protocol int) (tcpip.TransportProtocolNumber, posix.Errno) {
	echo := icmp.ProtocolNumber4
	if family == posix.FamilyInet6 {
		echo = icmp.ProtocolNumber6
	}
	p := tcpip.TransportProtocolNumber(protocol)
	switch kind {
	case posix.KindStream:
		if protocol == 0 || p == tcp.ProtocolNumber {
			return tcp.ProtocolNumber, 0
		}
	case posix.KindDatagram:
		if protocol == 0 || p == udp.ProtocolNumber {
			return udp.ProtocolNumber, 0
		}
		if p == echo {
			return echo, 0
		}
	case posix.KindRaw:
		if protocol > 0 && protocol < 256 {
			return p, 0
		}
	default:
		return 0, posix.ESOCKTNOSUPPORT
	}
	return 0, posix.EPROTONOSUPPORT
}

// Notify registers for the endpoint's events.
func (s *socket) Notify(ready func(mode byte)) {
	s.ready = ready
	s.entry.Init(s, waiter.AllEvents)
	s.queue.EventRegister(&s.entry)
}

// NotifyEvent is called by gVisor, perhaps with its locks held. Of room to send it tells
// with every packet that has left; that is news only to somebody who found none.
func (s *socket) NotifyEvent(mask waiter.EventMask) {
	const both = waiter.EventErr | waiter.EventHUp
	if mask&(waiter.ReadableEvents|waiter.EventPri|waiter.EventRdHUp|both) != 0 {
		s.ready('r')
	}
	if mask&waiter.WritableEvents != 0 && s.full.Swap(false) || mask&both != 0 {
		s.ready('w')
	}
}

// Bind gives the socket its own address.
func (s *socket) Bind(a posix.Address) posix.Errno { return errno(s.ep.Bind(full(a))) }

// Connect starts a connection, or sets where datagrams go.
func (s *socket) Connect(a posix.Address) posix.Errno {
	if a.Family == posix.FamilyNone {
		return errno(s.ep.Disconnect())
	}
	s.full.Store(true)
	return errno(s.ep.Connect(target(a)))
}

// Listen has the socket accept connections. One without an address gets a port.
func (s *socket) Listen(backlog int) posix.Errno {
	if s.kind != posix.KindStream {
		return posix.EOPNOTSUPP
	}
	if s.state() == tcp.StateInitial {
		if err := s.ep.Bind(tcpip.FullAddress{}); err != nil {
			return errno(err)
		}
	}
	return errno(s.ep.Listen(min(backlog+1, s.most))) // gVisor's is how many may wait, Linux's one less
}

// state is how far a connection has come.
func (s *socket) state() tcp.EndpointState { return tcp.EndpointState(s.ep.State()) }

// Accept takes a connection that waits.
func (s *socket) Accept() (posix.Socket, posix.Address, posix.Errno) {
	if s.kind != posix.KindStream {
		return nil, posix.Address{}, posix.EOPNOTSUPP
	}
	var peer tcpip.FullAddress
	ep, queue, err := s.ep.Accept(&peer)
	if err != nil {
		return nil, posix.Address{}, errno(err)
	}
	return &socket{family: s.family, kind: s.kind, ep: ep, queue: queue}, plain(peer, s.family), 0
}

// Shutdown ends one or both directions.
func (s *socket) Shutdown(read, write bool) posix.Errno {
	var flags tcpip.ShutdownFlags
	if read {
		flags |= tcpip.ShutdownRead
	}
	if write {
		flags |= tcpip.ShutdownWrite
	}
	return errno(s.ep.Shutdown(flags))
}

// Local returns the socket's own address.
func (s *socket) Local() (posix.Address, posix.Errno) {
	f, err := s.ep.GetLocalAddress()
	if s.kind == posix.KindStream && s.state() == tcp.StateInitial {
		f = tcpip.FullAddress{} // what is left of a Bind that failed
	}
	return plain(f, s.family), errno(err)
}

// Peer returns the address the socket is connected to.
func (s *socket) Peer() (posix.Address, posix.Errno) {
	if s.kind == posix.KindStream && s.state() == tcp.StateTimeWait {
		return posix.Address{}, posix.ENOTCONN // to Linux such a socket is closed
	}
	f, err := s.ep.GetRemoteAddress()
	return plain(f, s.family), errno(err)
}

// Close ends the socket. gVisor finishes a connection in its own time.
func (s *socket) Close() {
	s.queue.EventUnregister(&s.entry)
	s.ep.Close()
}

// Pending returns how many bytes wait to be received.
func (s *socket) Pending() int {
	n, err := s.ep.GetSockOptInt(tcpip.ReceiveQueueSizeOption)
	if err != nil {
		return 0
	}
	return n
}
