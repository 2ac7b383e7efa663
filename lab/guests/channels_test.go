// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains that try event channels. Host only.

package guests

import "strings"

// channels are the guests that try event channels, on both of Xen's interfaces.
func channels() []guest {
	// Xen looks for a free number from the first one on: 100 000 ports would take
	// an emulated machine many minutes.
	many := longRun(channel("events-many-ports", "fifo", "20100",
		"priorities: fifo", "burst=20000", "exhaust=20000", "ports=20000"))
	many.memory = 128
	return []guest{
		many,
		longAsPVH(channel("events-fifo", "fifo", "5100", "priorities: fifo", "burst=5000", "exhaust=5000")),
		longAsPVH(channel("events-2l", "2l", "4095", "no priorities: two levels", "burst=4000", "exhaust=4000")),
		longAsPVH(on2VCPUs(channel("events-fifo-2-vcpus", "fifo", "5100", "priorities: fifo", "burst=2000"))),
		longAsPVH(on2VCPUs(channel("events-2l-2-vcpus", "2l", "4095", "no priorities: two levels", "burst=2000"))),
	}
}

// channel makes a guest that tries event channels with one of Xen's interfaces,
// and so many ports. It says which interface it has.
func channel(name, table, ports, which string, more ...string) guest {
	words := append([]string{"priority=0", "storm=2000", "idle=200", "cancel=1000", "masked=10000", "closing=100",
		"moving=300", "vcpus=100", "ports=1", "ports=1000"}, more...)
	g := guest{name: name, pkg: "./lab/guests/events", xenOnly: true, args: words, want: []string{which}}
	g.params, g.limits = []string{"evtchn=" + table}, []string{"max_event_channels=" + ports}
	for _, word := range words {
		if strings.HasPrefix(word, "exhaust=") {
			g.want = append(g.want, "no port is left: raise max_event_channels in the domain's configuration\n")
		}
		g.want = append(g.want, "ok "+word+"\n")
	}
	return g
}

func on2VCPUs(g guest) guest {
	g.vcpus = 2
	return g
}
