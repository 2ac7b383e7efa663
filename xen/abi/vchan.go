// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Declarations of io/libxenvchan.h: the page that the two ends of a vchan share.

package abi

import "structs"

// Bits of Vchan_interface.Cli_notify and Srv_notify: what the other end asks to be told.
const (
	VCHAN_NOTIFY_WRITE = 0x1 // when data are written
	VCHAN_NOTIFY_READ  = 0x2 // when data are read
)

// Ring_shared is one direction of a vchan. Indices run freely; a byte stands at its index modulo the ring's size.
type Ring_shared struct {
	_    structs.HostLayout
	Cons uint32
	Prod uint32
}

// Vchan_interface is the head of the shared page. The list of grants follows: 32 bits for each page of the left ring, then
// of the right.
type Vchan_interface struct {
	_           structs.HostLayout
	Left        Ring_shared // written by the client
	Right       Ring_shared // written by the server
	Left_order  uint16      // logarithm of the left ring's size in bytes
	Right_order uint16
	Cli_live    uint8 // 0: gone, 1: connected, 2: not yet connected
	Srv_live    uint8 // 0: gone, 1: there
	Cli_notify  uint8 // VCHAN_NOTIFY_: what the client must tell the server
	Srv_notify  uint8 // what the server must tell the client
}
