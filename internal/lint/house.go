// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The house: every room, its rule-set, and which way the arrows run. Host only.

package lint

import "strings"

// zone is a rule-set.
type zone string

const (
	data       zone = "data"       // types, constants, declarations
	privileged zone = "privileged" // runs without an allocator, or without a goroutine
	edge       zone = "edge"       // talks to the hypervisor or to /dev/xen
	portable   zone = "portable"   // protocols and services: plain Go
	program    zone = "program"    // wiring
	tool       zone = "tool"       // runs on the developer's machine or in dom0
)

// house has a line for every room: its path, its zone, and after "<" the rooms that it may import besides its own
// subdirectories. A path stands for everything below it, except where a longer one says otherwise. "*" lets it import other
// modules; without it, only std. Tests may import anything.
const house = `
xen/abi                   data
xen/guest                 data
xen/handover              data
xen/raw                   privileged
xen/x86                   privileged
xen/hypercall             privileged < xen/abi xen/raw
xen/pv                    privileged < xen/abi xen/raw xen/handover xen/hypercall
xen/pvh                   privileged < xen/abi xen/raw xen/handover xen/hypercall xen/x86
xen/evtchn/core           privileged < xen/abi xen/raw
xen/bytering              privileged < xen/abi xen/raw
xen/gate                  portable
xen/pages                 edge       < xen/guest xen/raw
xen/clock                 portable
xen/evtchn                edge       < xen/abi xen/guest xen/hypercall xen/gate
xen/grant                 edge       < xen/abi xen/guest xen/hypercall xen/raw xen/clock xen/gate
xen/ring                  portable   < xen/abi
xen/store                 portable   < xen/abi xen/evtchn xen/grant xen/ring
xen/store/local           edge       < xen/abi xen/bytering xen/evtchn xen/guest xen/store
xen/platform              portable   < xen/clock xen/evtchn xen/grant xen/store
xen/platform/local        edge       < xen/clock xen/evtchn xen/grant xen/platform xen/store
xen/console               portable   < xen/abi xen/bytering xen/clock xen/evtchn xen/grant xen/platform xen/ring xen/store
xen/vchan                 portable   < xen/abi xen/clock xen/evtchn xen/grant xen/platform xen/ring xen/store
xen/xentest               tool       < xen

rt/kernel                 privileged < xen/abi xen/raw xen/handover xen/hypercall xen/x86 xen/pv xen/pvh xen/evtchn/core xen/bytering
rt/kernel/frames          privileged < xen/raw
rt/kernel/space           privileged < xen/raw
rt/kernel/symbols         privileged < xen/raw
rt/kernel/timers          privileged
rt/kernel/futex           privileged
rt/kernel/entropy         privileged < xen/raw
rt/kernel/control         privileged < xen/abi xen/bytering
rt/kernel/cmdline         privileged < xen/raw
rt/kernel/cmdline/encode  tool       < rt/kernel/cmdline
rt/posix                  portable   < xen rt/kernel/cmdline
rt                        edge       < xen

net/netif                 portable   < xen
net/stack                 portable   < net/netif rt/posix xen *
services                  portable   < net xen
services/policy           portable
services/directory        portable   < services/policy xen/abi xen/store

cmd                       program    < services net xen
examples                  program    < services net rt xen
examples/dns              program    < *
lab/guests                program    < services net rt xen
lab/guests/thirdparty     program    < *

lab                       tool       < internal xen/abi *
mkimage                   tool       < internal lab rt services/policy xen *
internal                  tool       < *
`

// room is one line of the house.
type room struct {
	path    string
	zone    zone
	imports []string
}

// rooms is the house by path.
var rooms = parseHouse(house)

func parseHouse(text string) map[string]room {
	rooms := map[string]room{}
	for _, line := range strings.Split(text, "\n") {
		left, right, _ := strings.Cut(line, "<")
		if f := strings.Fields(left); len(f) == 2 {
			rooms[f[0]] = room{f[0], zone(f[1]), strings.Fields(right)}
		}
	}
	return rooms
}

// roomOf finds the room a directory belongs to: the longest path that it is or lies below. A program that belongs to a
// service, in its directory domain, is a room of its own kind.
func roomOf(dir string) (room, bool) {
	if strings.HasPrefix(dir, "services/") && strings.HasSuffix(dir, "/domain") {
		return room{dir, program, []string{"services", "net", "rt", "xen"}}, true
	}
	for p := dir; ; {
		if r, ok := rooms[p]; ok {
			return r, true
		}
		i := strings.LastIndexByte(p, '/')
		if i < 0 {
			return room{}, false
		}
		p = p[:i]
	}
}

// zone is the rule-set of the file, empty where no room has it.
func (f *File) zone() zone {
	r, _ := roomOf(f.dir())
	return r.zone
}

// below reports whether a path is the room's or lies below it.
func below(p, room string) bool { return p == room || strings.HasPrefix(p, room+"/") }
