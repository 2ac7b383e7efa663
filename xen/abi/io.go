// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of io/console.h, io/xs_wire.h, io/xenbus.h and io/ring.h: the pages that drivers share with dom0.

package abi

import "structs"

// Xencons_interface is the console page. Indices run freely; a byte stands at its index modulo the ring's size.
type Xencons_interface struct {
	_        structs.HostLayout
	In       [1024]byte // to the domain
	Out      [2048]byte // from the domain
	In_cons  uint32
	In_prod  uint32
	Out_cons uint32
	Out_prod uint32
}

// XENSTORE_RING_SIZE is the size in bytes of each ring of [Xenstore_domain_interface].
const XENSTORE_RING_SIZE = 1024

// Longest payload of a xenstore message and longest paths, in bytes.
const (
	XENSTORE_PAYLOAD_MAX  = 4096
	XENSTORE_ABS_PATH_MAX = 3072
	XENSTORE_REL_PATH_MAX = 2048
)

// Values of the last three fields of [Xenstore_domain_interface].
const (
	XENSTORE_SERVER_FEATURE_RECONNECTION = 1
	XENSTORE_SERVER_FEATURE_ERROR        = 2
	XENSTORE_CONNECTED                   = 0
	XENSTORE_RECONNECT                   = 1
	XENSTORE_ERROR_NONE                  = 0
	XENSTORE_ERROR_COMM                  = 1
	XENSTORE_ERROR_RINGIDX               = 2
	XENSTORE_ERROR_PROTO                 = 3
)

// Types of [Xsd_sockmsg].
const (
	XS_CONTROL              = 0
	XS_DIRECTORY            = 1
	XS_READ                 = 2
	XS_GET_PERMS            = 3
	XS_WATCH                = 4
	XS_UNWATCH              = 5
	XS_TRANSACTION_START    = 6
	XS_TRANSACTION_END      = 7
	XS_INTRODUCE            = 8
	XS_RELEASE              = 9
	XS_GET_DOMAIN_PATH      = 10
	XS_WRITE                = 11
	XS_MKDIR                = 12
	XS_RM                   = 13
	XS_SET_PERMS            = 14
	XS_WATCH_EVENT          = 15
	XS_ERROR                = 16
	XS_IS_DOMAIN_INTRODUCED = 17
	XS_RESUME               = 18
	XS_SET_TARGET           = 19
	XS_RESET_WATCHES        = 21
	XS_DIRECTORY_PART       = 22
)

// Xenstore_domain_interface is the xenstore page.
type Xenstore_domain_interface struct {
	_               structs.HostLayout
	Req             [XENSTORE_RING_SIZE]byte // from the domain
	Rsp             [XENSTORE_RING_SIZE]byte // to the domain
	Req_cons        uint32
	Req_prod        uint32
	Rsp_cons        uint32
	Rsp_prod        uint32
	Server_features uint32 // XENSTORE_SERVER_FEATURE_
	Connection      uint32
	Error           uint32
}

// Xsd_sockmsg is the header of every xenstore message.
type Xsd_sockmsg struct {
	_      structs.HostLayout
	Type   uint32 // XS_
	Req_id uint32 // echoed in the answer
	Tx_id  uint32 // transaction, 0: none
	Len    uint32 // bytes that follow
}

// States of a device end, written to xenstore in decimal.
const (
	XenbusStateUnknown       = 0
	XenbusStateInitialising  = 1
	XenbusStateInitWait      = 2
	XenbusStateInitialised   = 3
	XenbusStateConnected     = 4
	XenbusStateClosing       = 5
	XenbusStateClosed        = 6
	XenbusStateReconfiguring = 7
	XenbusStateReconfigured  = 8
)

// Sring is the head of a shared ring of requests and responses; its slots follow.
type Sring struct {
	_         structs.HostLayout
	Req_prod  uint32
	Req_event uint32
	Rsp_prod  uint32
	Rsp_event uint32
	_         [48]byte
}
