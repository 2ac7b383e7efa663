// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Socket options: which of gVisor's each of Linux's is.

package stack

import (
	"encoding/binary"
	"math"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"

	"github.com/domlet/domlet/rt/posix"
)

// levelSocket is Linux's SOL_SOCKET.
const levelSocket = 1

// flag is an option that is on or off.
type flag struct {
	get func(*tcpip.SocketOptions) bool
	set func(*tcpip.SocketOptions, bool)
}

// setting is an option as two numbers of Linux.
type setting struct{ level, name int }

// flagOf returns the flag that a setting is.
func flagOf(o setting) (f flag, ok bool) {
	type so = tcpip.SocketOptions
	switch o {
	case setting{levelSocket, 2}:
		f = flag{(*so).GetReuseAddress, (*so).SetReuseAddress}
	case setting{levelSocket, 6}:
		f = flag{(*so).GetBroadcast, (*so).SetBroadcast}
	case setting{levelSocket, 9}:
		f = flag{(*so).GetKeepAlive, (*so).SetKeepAlive}
	case setting{levelSocket, 11}:
		f = flag{(*so).GetNoChecksum, (*so).SetNoChecksum}
	case setting{levelSocket, 15}:
		f = flag{(*so).GetReusePort, (*so).SetReusePort}
	case setting{levelIP, 3}:
		f = flag{(*so).GetHeaderIncluded, (*so).SetHeaderIncluded}
	case setting{levelIP, 8}:
		f = flag{(*so).GetReceivePacketInfo, (*so).SetReceivePacketInfo}
	case setting{levelIP, 11}:
		f = flag{(*so).GetIPv4RecvError, (*so).SetIPv4RecvError}
	case setting{levelIP, 12}:
		f = flag{(*so).GetReceiveTTL, (*so).SetReceiveTTL}
	case setting{levelIP, 13}:
		f = flag{(*so).GetReceiveTOS, (*so).SetReceiveTOS}
	case setting{levelIP, 34}, setting{levelIPv6, 19}:
		f = flag{(*so).GetMulticastLoop, (*so).SetMulticastLoop}
	case setting{levelIPv6, 25}:
		f = flag{(*so).GetIPv6RecvError, (*so).SetIPv6RecvError}
	case setting{levelIPv6, 26}:
		f = flag{(*so).GetV6Only, (*so).SetV6Only}
	case setting{levelIPv6, 49}:
		f = flag{(*so).GetIPv6ReceivePacketInfo, (*so).SetIPv6ReceivePacketInfo}
	case setting{levelIPv6, 51}:
		f = flag{(*so).GetReceiveHopLimit, (*so).SetReceiveHopLimit}
	case setting{levelIPv6, 66}:
		f = flag{(*so).GetReceiveTClass, (*so).SetReceiveTClass}
	case setting{levelTCP, 1}: // TCP_NODELAY
		f = flag{func(s *so) bool { return !s.GetDelayOption() }, func(s *so, on bool) { s.SetDelayOption(!on) }}
	case setting{levelTCP, 3}:
		f = flag{(*so).GetCorkOption, (*so).SetCorkOption}
	case setting{levelTCP, 12}:
		f = flag{(*so).GetQuickAck, (*so).SetQuickAck}
	}
	return f, f.get != nil
}

// intOf returns the number that a setting is.
func intOf(o setting) (tcpip.SockOptInt, bool) {
	switch o {
	case setting{levelIP, 1}:
		return tcpip.IPv4TOSOption, true
	case setting{levelIP, 2}:
		return tcpip.IPv4TTLOption, true
	case setting{levelIP, 10}, setting{levelIPv6, 23}:
		return tcpip.MTUDiscoverOption, true
	case setting{levelIP, 33}, setting{levelIPv6, 18}:
		return tcpip.MulticastTTLOption, true
	case setting{levelIPv6, 7}:
		return tcpip.IPv6Checksum, true
	case setting{levelIPv6, 16}:
		return tcpip.IPv6HopLimitOption, true
	case setting{levelIPv6, 17}:
		return tcpip.IPv6MulticastInterfaceOption, true
	case setting{levelIPv6, 67}:
		return tcpip.IPv6TrafficClassOption, true
	case setting{levelTCP, 2}:
		return tcpip.MaxSegOption, true
	case setting{levelTCP, 6}:
		return tcpip.KeepaliveCountOption, true
	case setting{levelTCP, 7}:
		return tcpip.TCPSynCountOption, true
	}
	return 0, false
}

// Option returns an option.
func (s *socket) Option(level, name int) ([]byte, posix.Errno) {
	o := setting{level, name}
	if e := s.foreign(level); e != 0 {
		return nil, e
	}
	if f, ok := flagOf(o); ok {
		if f.get(s.ep.SocketOptions()) {
			return number(1), 0
		}
		return number(0), 0
	}
	if i, ok := intOf(o); ok {
		v, err := s.ep.GetSockOptInt(i)
		return number(v), errno(err)
	}
	if level == levelSocket {
		return s.socketOption(name)
	}
	if level == levelTCP {
		return s.tcpOption(name)
	}
	return nil, posix.ENOPROTOOPT
}

// foreign says what a socket that is none of TCP's answers about its options.
func (s *socket) foreign(level int) posix.Errno {
	switch {
	case level != levelTCP || s.kind == posix.KindStream:
		return 0
	case s.family == posix.FamilyInet4:
		return posix.EOPNOTSUPP
	}
	return posix.ENOPROTOOPT
}

// socketOption returns an option of SOL_SOCKET that is neither flag nor number.
func (s *socket) socketOption(name int) ([]byte, posix.Errno) {
	so := s.ep.SocketOptions()
	switch name {
	case 4: // SO_ERROR
		return number(int(errno(s.ep.LastError()))), 0
	case 7: // SO_SNDBUF
		return number(int(min(so.GetSendBufferSize(), math.MaxInt32))), 0
	case 8: // SO_RCVBUF
		return number(int(min(so.GetReceiveBufferSize(), math.MaxInt32))), 0
	case 13: // SO_LINGER
		v := so.GetLinger()
		on := 0
		if v.Enabled {
			on = 1
		}
		return append(number(on), number(int(v.Timeout/time.Second))...), 0
	case 30: // SO_ACCEPTCONN
		if s.kind == posix.KindStream && s.state() == tcp.StateListen {
			return number(1), 0
		}
		return number(0), 0
	}
	return nil, posix.ENOPROTOOPT
}

// tcpOption returns an option of IPPROTO_TCP that is neither flag nor number.
func (s *socket) tcpOption(name int) ([]byte, posix.Errno) {
	var v time.Duration
	var err tcpip.Error
	switch name {
	case 4: // TCP_KEEPIDLE
		err = s.ep.GetSockOpt((*tcpip.KeepaliveIdleOption)(&v))
	case 5: // TCP_KEEPINTVL
		err = s.ep.GetSockOpt((*tcpip.KeepaliveIntervalOption)(&v))
	case 18: // TCP_USER_TIMEOUT, in ms
		err = s.ep.GetSockOpt((*tcpip.TCPUserTimeoutOption)(&v))
		v *= time.Second / time.Millisecond
	case 13: // TCP_CONGESTION
		var cc tcpip.CongestionControlOption
		err = s.ep.GetSockOpt(&cc)
		return append([]byte(cc), make([]byte, max(0, 16-len(cc)))...), errno(err)
	default:
		return nil, posix.ENOPROTOOPT
	}
	return number(int(v / time.Second)), errno(err)
}

// SetOption sets an option.
func (s *socket) SetOption(level, name int, value []byte) posix.Errno {
	o := setting{level, name}
	if s.foreign(level) != 0 {
		return posix.ENOPROTOOPT
	}
	if e, ok := s.membership(o, value); ok {
		return e
	}
	v, e := integer(value)
	if level == levelTCP && name == 13 { // TCP_CONGESTION
		cc := tcpip.CongestionControlOption(cString(value))
		return errno(s.ep.SetSockOpt(&cc))
	}
	if e != 0 {
		return e
	}
	if f, ok := flagOf(o); ok {
		f.set(s.ep.SocketOptions(), v != 0)
		return 0
	}
	if i, ok := intOf(o); ok {
		if i == tcpip.MulticastTTLOption && s.kind == posix.KindStream {
			return posix.EINVAL
		}
		return errno(s.ep.SetSockOptInt(i, v))
	}
	if level == levelSocket {
		return s.setSocketOption(name, v, value)
	}
	if level == levelTCP {
		return s.setTCPOption(name, v)
	}
	return posix.ENOPROTOOPT
}

// integer reads an option's value: an int or, of some options, a byte.
func integer(value []byte) (int, posix.Errno) {
	switch {
	case len(value) >= 4:
		return int(int32(binary.LittleEndian.Uint32(value))), 0
	case len(value) >= 1:
		return int(value[0]), 0
	}
	return 0, posix.EINVAL
}

// cString is value up to its NUL.
func cString(value []byte) string {
	for i, c := range value {
		if c == 0 {
			return string(value[:i])
		}
	}
	return string(value)
}

// setSocketOption sets what socketOption returns, and takes options that would
// change nothing.
func (s *socket) setSocketOption(name, v int, value []byte) posix.Errno {
	so := s.ep.SocketOptions()
	switch name {
	case 7, 32: // SO_SNDBUF, SO_SNDBUFFORCE: doubled, as Linux does for its own needs
		least, most := so.SendBufferLimits()
		so.SetSendBufferSize(max(least, min(2*int64(v), most)), true)
	case 8, 33: // SO_RCVBUF, SO_RCVBUFFORCE
		least, most := so.ReceiveBufferLimits()
		so.SetReceiveBufferSize(max(least, min(2*int64(v), most)), true)
	case 13: // SO_LINGER
		if len(value) < 8 {
			return posix.EINVAL
		}
		t := time.Duration(binary.LittleEndian.Uint32(value[4:])) * time.Second
		so.SetLinger(tcpip.LingerOption{Enabled: v != 0, Timeout: t})
	case 25: // SO_BINDTODEVICE by index: SO_BINDTOIFINDEX is 62
		return posix.ENODEV
	case 62:
		return errno(so.SetBindToDevice(int32(v)))
	case 5, 10, 12: // SO_DONTROUTE, SO_OOBINLINE, SO_PRIORITY
	default:
		return posix.ENOPROTOOPT
	}
	return 0
}

// setTCPOption sets what tcpOption returns.
func (s *socket) setTCPOption(name, v int) posix.Errno {
	const longest = 32767 // seconds
	t := time.Duration(v) * time.Second
	switch name {
	case 4, 5:
		if v < 1 || v > longest {
			return posix.EINVAL
		}
		if name == 4 {
			return errno(s.ep.SetSockOpt((*tcpip.KeepaliveIdleOption)(&t)))
		}
		return errno(s.ep.SetSockOpt((*tcpip.KeepaliveIntervalOption)(&t)))
	case 18:
		t = time.Duration(v) * time.Millisecond
		if v < 0 {
			return posix.EINVAL
		}
		return errno(s.ep.SetSockOpt((*tcpip.TCPUserTimeoutOption)(&t)))
	}
	return posix.ENOPROTOOPT
}

// membership joins and leaves groups and chooses the interface for them.
func (s *socket) membership(o setting, value []byte) (e posix.Errno, ok bool) {
	switch o {
	case setting{levelIP, joinGroup}, setting{levelIP, leaveGroup}, setting{levelIPv6, joinGroup}, setting{levelIPv6, leaveGroup}:
		return s.groupRequest(o.name, value), true
	case setting{levelIP, 32}, setting{levelIP, 35}, setting{levelIP, 36}:
		if len(value) < 4 || o.name != 32 && len(value) < 8 {
			return posix.EINVAL, true
		}
		return errno(s.ep.SetSockOpt(group4(o.name, value))), true
	case setting{levelIPv6, 20}, setting{levelIPv6, 21}:
		if len(value) < 20 {
			return posix.EINVAL, true
		}
		g := tcpip.MembershipOption{
			MulticastAddr: tcpip.AddrFrom16Slice(value[:16]),
			NIC:           tcpip.NICID(binary.LittleEndian.Uint32(value[16:])),
		}
		if o.name == 20 {
			return errno(s.ep.SetSockOpt((*tcpip.AddMembershipOption)(&g))), true
		}
		return errno(s.ep.SetSockOpt((*tcpip.RemoveMembershipOption)(&g))), true
	}
	return 0, false
}

// MCAST_JOIN_GROUP and MCAST_LEAVE_GROUP of linux/in.h, for both protocols.
const (
	joinGroup  = 42
	leaveGroup = 45
)

// groupRequest joins or leaves by struct group_req: the interface's index, and the group
// as a socket address, which begins at a multiple of 8.
func (s *socket) groupRequest(name int, value []byte) posix.Errno {
	const size, at = 136, 8
	if len(value) < size {
		return posix.EINVAL
	}
	g := tcpip.MembershipOption{NIC: tcpip.NICID(binary.LittleEndian.Uint32(value))}
	switch family := binary.LittleEndian.Uint16(value[at:]); {
	case family == posix.FamilyInet4 && s.family == posix.FamilyInet4:
		g.MulticastAddr = tcpip.AddrFrom4Slice(value[at+4 : at+8])
	case family == posix.FamilyInet6 && s.family == posix.FamilyInet6:
		g.MulticastAddr = tcpip.AddrFrom16Slice(value[at+8 : at+24])
	default:
		return posix.EADDRNOTAVAIL
	}
	if name == joinGroup {
		return errno(s.ep.SetSockOpt((*tcpip.AddMembershipOption)(&g)))
	}
	return errno(s.ep.SetSockOpt((*tcpip.RemoveMembershipOption)(&g)))
}

// group4 reads struct ip_mreqn or ip_mreq: a group, an address of the interface,
// its index; of IP_MULTICAST_IF it may be the address alone.
func group4(name int, value []byte) tcpip.SettableSocketOption {
	g := tcpip.MembershipOption{}
	if len(value) >= 12 {
		g.NIC = tcpip.NICID(binary.LittleEndian.Uint32(value[8:]))
	}
	at := value[:4]
	if len(value) >= 8 {
		at = value[4:8]
	}
	if a := tcpip.AddrFrom4Slice(at); !a.Unspecified() {
		g.InterfaceAddr = a
	}
	g.MulticastAddr = tcpip.AddrFrom4Slice(value[:4])
	switch name {
	case 35:
		return (*tcpip.AddMembershipOption)(&g)
	case 36:
		return (*tcpip.RemoveMembershipOption)(&g)
	}
	return &tcpip.MulticastInterfaceOption{NIC: g.NIC, InterfaceAddr: g.InterfaceAddr}
}
