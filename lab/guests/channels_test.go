// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains that try event channels. Host only.

package guests

import "strings"

// channels are the guests that try event channels, on both of Xen's interfaces.
func channels() []guest {
	all := longRun(channel("events-all-ports", "fifo", "131071",
		"priorities: fifo", "burst=100000", "exhaust=131000", "ports=100000"))
	all.memory = 256
	return []guest{
		all,
		channel("events-fifo", "fifo", "10000", "priorities: fifo", "burst=9000", "exhaust=9000"),
		channel("events-2l", "2l", "4095", "no priorities: two levels", "burst=4000", "exhaust=4000"),
		on2VCPUs(channel("events-fifo-2-vcpus", "fifo", "10000", "priorities: fifo", "burst=2000")),
		on2VCPUs(channel("events-2l-2-vcpus", "2l", "4095", "no priorities: two levels", "burst=2000")),
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
