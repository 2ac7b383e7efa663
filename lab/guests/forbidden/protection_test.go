// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains that do what no program may, and how each dies of it. Host; boots
// domains.

package forbidden

import (
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

// TestOnLinux runs what Linux forbids too as plain programs.
func TestOnLinux(t *testing.T) { domtest.OnLinux(t, protections("pv")) }

// TestForbidden boots a domain for each forbidden thing, in each mode.
func TestForbidden(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) { domtest.BootAll(t, mode, protections(mode)) })
}

// directMap is how far the kernel's direct map of the image is from the image,
// in each mode.
var directMap = map[string]string{"pv": "0xffff87ffffc00000", "pvh": "0xffff880000000000"}

// protections lists a domain for each forbidden thing. Its death is Go's own: the
// exception comes back as a signal, with the address, and the trace names the
// function.
func protections(mode string) []domtest.Guest {
	return []domtest.Guest{
		fatalFault("writetext", protected, "main.write(", "main.writeText("),
		fatalFault("writerodata", protected, "main.write(", "main.writeConstant("),
		fatalFault("writeheaders", protected, "main.write(", "main.writeHeaders("),
		domtest.OnXen(fatalFault("writealias="+directMap[mode], protected, "main.write(", "main.writeAlias(")),
		nilFault("readzero", "main.read(", "main.readZero("),
		fatalFault("readbelow", absent, "main.read(", "main.readBelow("),
		nilFault("callzero", "main.call(", "main.callZero("),
		fatalFault("rundata", protected, "main.call(", "main.runData("),
		fatalFault("runzeroed", protected, "main.call(", "main.runZeroed("),
		fatalFault("runstack", protected, "main.call(", "main.runStack("),
		fatalFault("runheap", protected, "main.call(", "main.runHeap("),
		domtest.OnXen(fatalFault("runalias="+directMap[mode], protected, "main.call(", "main.runAlias(")),
	}
}

// What Go prints of an access to a page that is there and one that is not.
const (
	protected = "[signal SIGSEGV: segmentation violation code=0x2 addr=0x"
	absent    = "[signal SIGSEGV: segmentation violation code=0x1 addr=0x"
)

// forbidden makes a guest that does one forbidden thing.
func forbidden(word string, want ...string) domtest.Guest {
	name, _, _ := strings.Cut(word, "=")
	return domtest.Guest{Name: name, Pkg: "./lab/guests/protection", Memory: 16, Args: []string{word}, Code: 2,
		Want: append([]string{"trying " + name + "\n"}, want...)}
}

// fatalFault makes one that Go cannot recover from.
func fatalFault(word, signal, by, from string) domtest.Guest {
	return forbidden(word, "unexpected fault address 0x", "fatal error: fault\n", signal, by, from)
}

// nilFault makes one that Go takes for a nil pointer.
func nilFault(word, by, from string) domtest.Guest {
	return forbidden(word, "panic: runtime error: invalid memory address or nil pointer dereference\n", absent, by, from)
}
