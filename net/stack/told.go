// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the toolstack has written in xenstore about the interface's addresses. On the
// goroutine of the program's first call about a socket.

package stack

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// told returns what xenstore tells of the addresses as words for ParseSettings: what
// Qubes tells a qube (qubes-ip and others in the domain's own directory), else those in
// the backend's node ip, which is ip= in vif= of xl's configuration, that have the length
// of the network's part. Nothing if there is neither. Read returns a node's value, empty
// where there is none.
func told(read func(path string) string) string {
	if words := toldByQubes(read); len(words) > 0 {
		return strings.Join(words, ",")
	}
	back := read("device/vif/0/backend")
	if back == "" {
		return ""
	}
	var words []string
	for _, word := range strings.Fields(read(back + "/ip")) {
		if strings.Contains(word, "/") {
			words = append(words, word)
		}
	}
	return strings.Join(words, ",")
}

// toldByQubes reads the nodes that Qubes OS writes for a qube with a network.
func toldByQubes(read func(path string) string) (words []string) {
	for _, address := range []struct{ node, mask string }{
		{"qubes-ip", read("qubes-netmask")},
		{"qubes-ip6", ""},
	} {
		if v := read(address.node); v != "" {
			words = append(words, v+"/"+strconv.Itoa(maskLength(v, address.mask)))
		}
	}
	if len(words) == 0 {
		return nil
	}
	for _, n := range []struct{ node, before string }{
		{"qubes-gateway", "gateway="}, {"qubes-gateway6", "gateway="},
		{"qubes-primary-dns", "dns="}, {"qubes-secondary-dns", "dns="},
	} {
		if v := read(n.node); v != "" {
			words = append(words, n.before+v)
		}
	}
	return words
}

// maskLength is how many bits a mask such as 255.255.255.0 has; without one that makes
// sense, an address is a network of its own.
func maskLength(address, mask string) int {
	if ones, size := net.IPMask(net.ParseIP(mask).To4()).Size(); size == 32 {
		return ones
	}
	if a, err := netip.ParseAddr(address); err == nil {
		return a.BitLen()
	}
	return 32
}
