// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of io/netif.h: the slots of the rings between the two ends of a
// network interface.

package abi

import "structs"

// XEN_NETIF_NR_SLOTS_MIN is how many slots of a packet every backend takes.
const XEN_NETIF_NR_SLOTS_MIN = 18

// XEN_NETIF_MAX_TX_SIZE is the longest packet in bytes.
const XEN_NETIF_MAX_TX_SIZE = 0xffff

// Flags of [Netif_tx_request].
const (
	NETTXF_csum_blank     = 1 << 0 // the checksum is that of the pseudo header
	NETTXF_data_validated = 1 << 1
	NETTXF_more_data      = 1 << 2 // the packet goes on in the next slot
	NETTXF_extra_info     = 1 << 3 // a [Netif_extra_info] follows
)

// Flags of [Netif_rx_response].
const (
	NETRXF_data_validated = 1 << 0
	NETRXF_csum_blank     = 1 << 1
	NETRXF_more_data      = 1 << 2
	NETRXF_extra_info     = 1 << 3
	NETRXF_gso_prefix     = 1 << 4 // out of use
)

// Types of [Netif_extra_info].
const (
	XEN_NETIF_EXTRA_TYPE_NONE      = 0
	XEN_NETIF_EXTRA_TYPE_GSO       = 1
	XEN_NETIF_EXTRA_TYPE_MCAST_ADD = 2
	XEN_NETIF_EXTRA_TYPE_MCAST_DEL = 3
	XEN_NETIF_EXTRA_TYPE_HASH      = 4
	XEN_NETIF_EXTRA_TYPE_MAX       = 5
)

// XEN_NETIF_EXTRA_FLAG_MORE says that another [Netif_extra_info] follows.
const XEN_NETIF_EXTRA_FLAG_MORE = 1 << 0

// Values of Netif_extra_info.Gso_type.
const (
	XEN_NETIF_GSO_TYPE_NONE  = 0
	XEN_NETIF_GSO_TYPE_TCPV4 = 1
	XEN_NETIF_GSO_TYPE_TCPV6 = 2
)

// Values of Netif_tx_response.Status; a Netif_rx_response.Status of 0 and more is
// a number of bytes.
const (
	NETIF_RSP_DROPPED = -2
	NETIF_RSP_ERROR   = -1
	NETIF_RSP_OKAY    = 0
	NETIF_RSP_NULL    = 1 // the slot had no request but a [Netif_extra_info]
)

// Netif_tx_request is a piece of a packet from the frontend.
type Netif_tx_request struct {
	_      structs.HostLayout
	Gref   uint32
	Offset uint16 // bytes into the page
	Flags  uint16 // NETTXF_
	Id     uint16
	Size   uint16 // bytes: of this piece, but of the whole packet in its first
}

// Netif_tx_response gives the page of a [Netif_tx_request] back.
type Netif_tx_response struct {
	_      structs.HostLayout
	Id     uint16
	Status int16 // NETIF_RSP_
}

// Netif_rx_request offers the backend a page.
type Netif_rx_request struct {
	_    structs.HostLayout
	Id   uint16
	Pad  uint16
	Gref uint32
}

// Netif_rx_response is a piece of a packet from the backend, in the slot in which
// its page was offered.
type Netif_rx_response struct {
	_      structs.HostLayout
	Id     uint16
	Offset uint16 // bytes into the page
	Flags  uint16 // NETRXF_
	Status int16  // bytes, or NETIF_RSP_
}

// Netif_extra_info tells more about a packet, in a slot of its own.
type Netif_extra_info struct {
	_            structs.HostLayout
	Type         uint8  // XEN_NETIF_EXTRA_TYPE_
	Flags        uint8  // XEN_NETIF_EXTRA_FLAG_MORE
	Gso_size     uint16 `xen:"u.gso.size"` // payload of each segment in bytes
	Gso_type     uint8  `xen:"u.gso.type"` // XEN_NETIF_GSO_TYPE_
	Gso_pad      uint8  `xen:"u.gso.pad"`
	Gso_features uint16 `xen:"u.gso.features"`
}
