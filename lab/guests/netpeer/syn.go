// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Beginnings of connections that nobody will complete: segments with SYN from
// addresses of RFC 2544, which answer nothing. On Linux, as root.

package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"time"
)

// lengths of an IPv4 and a TCP header without options, in bytes.
const (
	ipLength  = 20
	tcpLength = 20
)

// syn sends so many a second.
func syn(args []string) error {
	to, err := netip.ParseAddr(args[0])
	if err != nil {
		return err
	}
	rate, d, err := countAndTime(args[1:])
	if err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_RAW)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	sent, start := 0, time.Now()
	for took := time.Since(start); took < d; took = time.Since(start) {
		if sent >= int(took.Seconds()*float64(rate)) {
			time.Sleep(time.Millisecond)
			continue
		}
		err := syscall.Sendto(fd, beginning(to), 0, &syscall.SockaddrInet4{Addr: to.As4()})
		if err != nil && err != syscall.ENOBUFS {
			return err
		}
		sent++
	}
	fmt.Printf("sent=%d ns=%d\n", sent, time.Since(start).Nanoseconds())
	return nil
}

// beginning is one such packet. Linux fills in what IP's header lacks here.
func beginning(to netip.Addr) []byte {
	b := make([]byte, ipLength+tcpLength)
	b[0], b[8], b[9] = 0x45, 64, syscall.IPPROTO_TCP
	b[12], b[13] = 198, 18
	binary.BigEndian.PutUint16(b[14:], uint16(rand.Uint32()))
	copy(b[16:], to.AsSlice())
	t := b[ipLength:]
	binary.BigEndian.PutUint16(t, uint16(1024+rand.IntN(60000)))
	binary.BigEndian.PutUint16(t[2:], 9000)
	binary.BigEndian.PutUint32(t[4:], rand.Uint32())
	t[12], t[13] = tcpLength/4<<4, 0x02 // no options; SYN
	binary.BigEndian.PutUint16(t[14:], 0xffff)
	binary.BigEndian.PutUint16(t[16:], checksum(b[12:20], t))
	return b
}

// checksum is TCP's, over the addresses and a segment.
func checksum(addresses, segment []byte) uint16 {
	sum := uint32(syscall.IPPROTO_TCP + len(segment))
	for _, part := range [][]byte{addresses, segment} {
		for i := 0; i < len(part); i += 2 {
			sum += uint32(binary.BigEndian.Uint16(part[i:]))
		}
	}
	sum = sum>>16 + sum&0xffff
	sum += sum >> 16
	return ^uint16(sum)
}
