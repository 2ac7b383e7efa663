// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where the rings are in the pages that have some: struct xencons_interface of
// Xen's public/io/console.h and struct xenstore_domain_interface of
// public/io/xs_wire.h.

package bytering

import (
	"unsafe"

	"github.com/domlet/domlet/xen/abi"
)

// Layout says where the rings and their indices are in a page, in bytes. Sizes
// are powers of two.
type Layout struct {
	In, InSize       uint32 // to the domain
	Out, OutSize     uint32 // from the domain
	InCons, InProd   uint32
	OutCons, OutProd uint32
}

// Console is the layout of a console page.
var Console = Layout{
	In:      uint32(unsafe.Offsetof(abi.Xencons_interface{}.In)),
	InSize:  uint32(len(abi.Xencons_interface{}.In)),
	Out:     uint32(unsafe.Offsetof(abi.Xencons_interface{}.Out)),
	OutSize: uint32(len(abi.Xencons_interface{}.Out)),
	InCons:  uint32(unsafe.Offsetof(abi.Xencons_interface{}.In_cons)),
	InProd:  uint32(unsafe.Offsetof(abi.Xencons_interface{}.In_prod)),
	OutCons: uint32(unsafe.Offsetof(abi.Xencons_interface{}.Out_cons)),
	OutProd: uint32(unsafe.Offsetof(abi.Xencons_interface{}.Out_prod)),
}

// Xenstore is the layout of a xenstore page.
var Xenstore = Layout{
	In:      uint32(unsafe.Offsetof(abi.Xenstore_domain_interface{}.Rsp)),
	InSize:  abi.XENSTORE_RING_SIZE,
	Out:     uint32(unsafe.Offsetof(abi.Xenstore_domain_interface{}.Req)),
	OutSize: abi.XENSTORE_RING_SIZE,
	InCons:  uint32(unsafe.Offsetof(abi.Xenstore_domain_interface{}.Rsp_cons)),
	InProd:  uint32(unsafe.Offsetof(abi.Xenstore_domain_interface{}.Rsp_prod)),
	OutCons: uint32(unsafe.Offsetof(abi.Xenstore_domain_interface{}.Req_cons)),
	OutProd: uint32(unsafe.Offsetof(abi.Xenstore_domain_interface{}.Req_prod)),
}
