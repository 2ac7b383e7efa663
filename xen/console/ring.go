// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two rings of a console page. Any context.

package console

import (
	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/ring"
)

// ways returns the ring to write and the one to read: of the domain that has the
// console, or of the other end.
func ways(mem ring.StreamMemory, domain bool) (out, in *ring.Stream) {
	l := bytering.Console
	from := ring.Place{Index: mem, Cons: l.OutCons, Prod: l.OutProd, Data: mem, Base: l.Out, Size: l.OutSize}
	to := ring.Place{Index: mem, Cons: l.InCons, Prod: l.InProd, Data: mem, Base: l.In, Size: l.InSize}
	if !domain {
		from, to = to, from
	}
	return ring.NewWriter(from), ring.NewReader(to)
}
