// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Name servers, where Go's resolver and others look for them.

package stack

import (
	"net/netip"
	"strings"
)

// resolve writes /etc/resolv.conf. Without servers it leaves the file alone: the
// program may have brought its own.
func (n *Network) resolve(servers []netip.Addr) {
	if len(servers) == 0 || n.write == nil {
		return
	}
	var b strings.Builder
	for _, s := range servers {
		b.WriteString("nameserver " + s.String() + "\n")
	}
	n.write("/etc/resolv.conf", []byte(b.String()))
}
