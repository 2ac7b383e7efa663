// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What an interface has dropped, as the kernel under the program counts it. On any
// goroutine.

package main

import (
	"encoding/binary"
	"syscall"
)

const (
	statistics = 23 // IFLA_STATS64 of linux/if_link.h
	rxDropped  = 6  // the place of rx_dropped in struct rtnl_link_stats64
)

// dropped returns how many packets that came the interface has dropped, or -1
// where that is not told.
func dropped(index int) int64 {
	table, err := syscall.NetlinkRIB(syscall.RTM_GETLINK, syscall.AF_UNSPEC)
	if err != nil {
		return -1
	}
	list, err := syscall.ParseNetlinkMessage(table)
	if err != nil {
		return -1
	}
	for _, m := range list {
		if m.Header.Type != syscall.RTM_NEWLINK || int(int32(binary.LittleEndian.Uint32(m.Data[4:]))) != index {
			continue
		}
		attributes, err := syscall.ParseNetlinkRouteAttr(&m)
		if err != nil {
			return -1
		}
		for _, a := range attributes {
			if a.Attr.Type == statistics {
				return int64(binary.LittleEndian.Uint64(a.Value[8*rxDropped:]))
			}
		}
	}
	return -1
}
