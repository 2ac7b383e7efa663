// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The slots of both rings as bytes (io/netif.h). What is read here is what the
// other end wrote: nothing in it is checked yet. Any goroutine.

package netif

import (
	"encoding/binary"

	"github.com/domlet/domlet/xen/abi"
)

// Sizes of slots in bytes: of the ring to the backend, and of that to the
// frontend.
const (
	txSlot = 12
	rxSlot = 8
)

// claim is a number that the other end sent, until it is checked.
type claim uint16

// txRequest is abi.Netif_tx_request.
type txRequest struct {
	ref               uint32
	offset, flags, id claim
	size              claim
}

func readTxRequest(b []byte) txRequest {
	return txRequest{
		ref: binary.LittleEndian.Uint32(b), offset: short(b[4:]), flags: short(b[6:]),
		id: short(b[8:]), size: short(b[10:]),
	}
}

func short(b []byte) claim { return claim(binary.LittleEndian.Uint16(b)) }

func putTxRequest(b []byte, ref uint32, offset int, flags, id uint16, size int) {
	binary.LittleEndian.PutUint32(b, ref)
	binary.LittleEndian.PutUint16(b[4:], uint16(offset))
	binary.LittleEndian.PutUint16(b[6:], flags)
	binary.LittleEndian.PutUint16(b[8:], id)
	binary.LittleEndian.PutUint16(b[10:], uint16(size))
}

// txResponse is abi.Netif_tx_response.
type txResponse struct {
	id     claim
	status int16
}

func readTxResponse(b []byte) txResponse { return txResponse{short(b), int16(short(b[2:]))} }

func putTxResponse(b []byte, id uint16, status int16) {
	clear(b[:txSlot])
	binary.LittleEndian.PutUint16(b, id)
	binary.LittleEndian.PutUint16(b[2:], uint16(status))
}

// rxRequest is abi.Netif_rx_request.
type rxRequest struct {
	id  claim
	ref uint32
}

func readRxRequest(b []byte) rxRequest {
	return rxRequest{short(b), binary.LittleEndian.Uint32(b[4:])}
}

func putRxRequest(b []byte, id uint16, ref uint32) {
	binary.LittleEndian.PutUint32(b, uint32(id))
	binary.LittleEndian.PutUint32(b[4:], ref)
}

// rxResponse is abi.Netif_rx_response.
type rxResponse struct {
	id, offset, flags claim
	status            int16
}

func readRxResponse(b []byte) rxResponse {
	return rxResponse{short(b), short(b[2:]), short(b[4:]), int16(short(b[6:]))}
}

func putRxResponse(b []byte, id uint16, flags uint16, status int16) {
	binary.LittleEndian.PutUint16(b, id)
	binary.LittleEndian.PutUint16(b[2:], 0)
	binary.LittleEndian.PutUint16(b[4:], flags)
	binary.LittleEndian.PutUint16(b[6:], uint16(status))
}

// extraInfo is abi.Netif_extra_info, which is alike in both rings.
type extraInfo struct {
	kind, flags  uint8
	size         claim // of GSO
	segmentation uint8 // XEN_NETIF_GSO_TYPE_
}

func readExtra(b []byte) extraInfo { return extraInfo{b[0], b[1], short(b[2:]), b[4]} }

// putGSO writes the one extra info that is sent from here.
func putGSO(b []byte, g GSO) {
	clear(b)
	b[0] = abi.XEN_NETIF_EXTRA_TYPE_GSO
	binary.LittleEndian.PutUint16(b[2:], g.Size)
	b[4] = uint8(g.Kind)
}
