// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Addresses of rt/posix as gVisor's, and back.

package stack

import (
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"

	"github.com/domlet/domlet/rt/posix"
)

// mapped begins an IPv6 address that stands for an IPv4 address.
const mapped = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"

// full turns an address into gVisor's. "Any address" is an empty one.
func full(a posix.Address) tcpip.FullAddress {
	f := tcpip.FullAddress{Port: a.Port}
	if a.Family == posix.FamilyInet4 {
		f.Addr = tcpip.AddrFrom4Slice(a.IP[:4])
	} else {
		f.Addr = tcpip.AddrFrom16(a.IP)
	}
	if header.IsV6LinkLocalUnicastAddress(f.Addr) || header.IsV6LinkLocalMulticastAddress(f.Addr) {
		f.NIC = tcpip.NICID(a.Zone)
	}
	if f.Addr.Unspecified() {
		f.Addr = tcpip.Address{}
	}
	return f
}

// target is full for an address to send to: "any" is this domain itself, as on
// Linux.
func target(a posix.Address) tcpip.FullAddress {
	f := full(a)
	switch {
	case f.Addr.Len() == 0 && a.Family == posix.FamilyInet4:
		f.Addr = header.IPv4Loopback
	case f.Addr.Len() == 0:
		f.Addr = header.IPv6Loopback
	case a.Family == posix.FamilyInet6 && a.IP == [16]byte{10: 0xff, 11: 0xff}:
		f.Addr = tcpip.AddrFrom16([16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1})
	}
	return f
}

// plain turns gVisor's address into one of a socket of that family.
func plain(f tcpip.FullAddress, family int) posix.Address {
	a := posix.Address{Family: family, Port: f.Port}
	ip := f.Addr.AsSlice()
	switch {
	case family == posix.FamilyInet6 && len(ip) == header.IPv4AddressSize:
		copy(a.IP[:], mapped)
		copy(a.IP[len(mapped):], ip)
	case family == posix.FamilyInet6:
		copy(a.IP[:], ip)
		if header.IsV6LinkLocalUnicastAddress(f.Addr) || header.IsV6LinkLocalMulticastAddress(f.Addr) {
			a.Zone = uint32(f.NIC)
		}
	default:
		copy(a.IP[:4], ip)
	}
	return a
}
