// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where the rings are in the pages that have some: struct xencons_interface of
// Xen's public/io/console.h and struct xenstore_domain_interface of
// public/io/xs_wire.h. Any context.

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

// The structures whose fields are measured.
type (
	cons = abi.Xencons_interface
	xs   = abi.Xenstore_domain_interface
)

// Offsets and sizes of the console's rings, in the order of Layout.
const (
	consIn, consInSize   = uint32(unsafe.Offsetof(cons{}.In)), uint32(len(cons{}.In))
	consOut, consOutSize = uint32(unsafe.Offsetof(cons{}.Out)), uint32(len(cons{}.Out))
	consInCons           = uint32(unsafe.Offsetof(cons{}.In_cons))
	consInProd           = uint32(unsafe.Offsetof(cons{}.In_prod))
	consOutCons          = uint32(unsafe.Offsetof(cons{}.Out_cons))
	consOutProd          = uint32(unsafe.Offsetof(cons{}.Out_prod))
)

// The same of xenstore's.
const (
	xsIn, xsOut = uint32(unsafe.Offsetof(xs{}.Rsp)), uint32(unsafe.Offsetof(xs{}.Req))
	xsSize      = uint32(abi.XENSTORE_RING_SIZE)
	xsInCons    = uint32(unsafe.Offsetof(xs{}.Rsp_cons))
	xsInProd    = uint32(unsafe.Offsetof(xs{}.Rsp_prod))
	xsOutCons   = uint32(unsafe.Offsetof(xs{}.Req_cons))
	xsOutProd   = uint32(unsafe.Offsetof(xs{}.Req_prod))
)

// Console is the layout of a console page.
var Console = Layout{consIn, consInSize, consOut, consOutSize, consInCons, consInProd, consOutCons, consOutProd}

// Xenstore is the layout of a xenstore page.
var Xenstore = Layout{xsIn, xsSize, xsOut, xsSize, xsInCons, xsInProd, xsOutCons, xsOutProd}
