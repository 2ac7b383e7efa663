// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Sockets: the way of bytes and of control messages.

package stack

import (
	"bytes"
	"encoding/binary"
	"io"

	"gvisor.dev/gvisor/pkg/tcpip"

	"github.com/domlet/domlet/rt/posix"
)

// Receive fills b.
func (s *socket) Receive(b []byte, m *posix.Message) (int, posix.Errno) {
	stream, peek := s.kind == posix.KindStream, m.Flags&posix.MessagePeek != 0
	var to io.Writer = (*tcpip.SliceWriter)(&b)
	if len(b) == 0 {
		to, peek = io.Discard, peek || stream // a datagram goes all the same, a stream's bytes stay
	}
	room := len(b)
	r, err := s.ep.Read(to, tcpip.ReadOptions{Peek: peek, NeedRemoteAddr: !stream})
	if _, closed := err.(*tcpip.ErrClosedForReceive); closed && (stream || m.Flags == 0) {
		m.Flags, m.Size = 0, 0
		return 0, 0
	}
	if err != nil {
		return 0, errno(err)
	}
	n := min(r.Count, room)
	m.Flags, m.Size = 0, r.Total
	if stream {
		s.ep.ModerateRecvBuf(n)
		return n, 0
	}
	if r.Total > room {
		m.Flags = posix.MessageTruncated
	}
	m.Address = plain(r.RemoteAddr, s.family)
	m.Control = controls(&r.ControlMessages)
	return n, 0
}

// Send takes bytes of b.
func (s *socket) Send(b []byte, m *posix.Message) (int, posix.Errno) {
	w := tcpip.WriteOptions{Atomic: s.kind != posix.KindStream}
	if m.Address.Family != posix.FamilyNone && s.kind != posix.KindStream {
		to := target(m.Address)
		w.To = &to
	}
	if e := override(&w.ControlMessages, m.Control); e != 0 {
		return 0, e
	}
	n, err := s.ep.Write(bytes.NewReader(b), w)
	if _, full := err.(*tcpip.ErrWouldBlock); full && n == 0 {
		s.full.Store(true)
		n, err = s.ep.Write(bytes.NewReader(b), w) // room that came before that is told to nobody
	}
	if n > 0 {
		return int(n), 0
	}
	return 0, errno(err)
}

// Levels and types of control messages, Linux's values (linux/in.h, in6.h).
const (
	levelIP      = 0
	levelTCP     = 6
	levelIPv6    = 41
	ipTOS        = 1
	ipTTL        = 2
	ipPacketInfo = 8
	v6PacketInfo = 50
	v6HopLimit   = 52
	v6Class      = 67
)

// controls lays out what came with a datagram and was asked for by options.
func controls(c *tcpip.ReceivableControlMessages) (b []byte) {
	if c.HasTOS {
		b = posix.AppendControl(b, levelIP, ipTOS, []byte{c.TOS})
	}
	if c.HasTTL {
		b = posix.AppendControl(b, levelIP, ipTTL, number(int(c.TTL)))
	}
	if c.HasIPPacketInfo {
		info := number(int(c.PacketInfo.NIC))
		info = append(info, c.PacketInfo.LocalAddr.AsSlice()...)
		info = append(info, c.PacketInfo.DestinationAddr.AsSlice()...)
		b = posix.AppendControl(b, levelIP, ipPacketInfo, info)
	}
	if c.HasIPv6PacketInfo {
		ip := plain(tcpip.FullAddress{Addr: c.IPv6PacketInfo.Addr}, posix.FamilyInet6).IP
		b = posix.AppendControl(b, levelIPv6, v6PacketInfo, append(ip[:], number(int(c.IPv6PacketInfo.NIC))...))
	}
	if c.HasHopLimit {
		b = posix.AppendControl(b, levelIPv6, v6HopLimit, number(int(c.HopLimit)))
	}
	if c.HasTClass {
		b = posix.AppendControl(b, levelIPv6, v6Class, number(int(c.TClass)))
	}
	return b
}

// override reads the control messages of a datagram to send. Those that gVisor
// cannot heed for one datagram (the type of service, IPv4's source) are left.
func override(c *tcpip.SendableControlMessages, b []byte) posix.Errno {
	for len(b) > 0 {
		level, kind, data, rest, ok := posix.CutControl(b)
		if !ok {
			return posix.EINVAL
		}
		b = rest
		switch {
		case level == levelIP && kind == ipTTL && len(data) >= 4:
			c.HasTTL, c.TTL = true, data[0]
		case level == levelIPv6 && kind == v6HopLimit && len(data) >= 4:
			c.HasHopLimit, c.HopLimit = true, data[0]
		case level == levelIPv6 && kind == v6PacketInfo && len(data) >= 20:
			c.HasIPv6PacketInfo = true
			c.IPv6PacketInfo.Addr = tcpip.AddrFrom16Slice(data[:16])
			c.IPv6PacketInfo.NIC = tcpip.NICID(binary.LittleEndian.Uint32(data[16:]))
		}
	}
	return 0
}

// number is a C int, as an option or a control message.
func number(v int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(v)) }
