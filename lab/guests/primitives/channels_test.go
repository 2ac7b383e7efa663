// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The domains that try event channels. Host; boots domains.

package primitives

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// channels are the guests that try event channels, on both of Xen's interfaces.
func channels() []domtest.Guest {
	many := domtest.LongRun(channel("events-many-ports", "fifo", "20100",
		"priorities: fifo", "burst=20000", "exhaust=20000", "ports=20000"))
	many.Memory = 128
	return []domtest.Guest{
		many, everyPort(), domtest.LongAsPVH(wrong("events-wrong", "evtchn=3l", "evtchn= takes auto, fifo or 2l\n")),
		domtest.LongAsPVH(channel("events-fifo", "fifo", "5100", "priorities: fifo", "burst=5000", "exhaust=5000", "ports=4000", "highest=5100")),
		domtest.LongAsPVH(channel("events-2l", "2l", "4095", "no priorities: two levels", "burst=4000", "exhaust=4000", "ports=4000", "highest=4095")),
		domtest.LongAsPVH(on2VCPUs(channel("events-fifo-2-vcpus", "fifo", "5100", "priorities: fifo", "burst=2000"))),
		domtest.LongAsPVH(on2VCPUs(channel("events-2l-2-vcpus", "2l", "4095", "no priorities: two levels", "burst=2000"))),
	}
}

// everyPort takes all the ports that Xen has for a domain. Xen looks for a free one
// from the first on, so that takes an emulated machine many minutes.
func everyPort() domtest.Guest {
	return domtest.Guest{Name: "events-every-port", Pkg: "./lab/guests/events", XenOnly: true, Memory: 256, Long: true, Within: time.Hour,
		Params: []string{"evtchn=fifo"}, Limits: []string{"max_event_channels=131071"}, Args: []string{"highest=131071"},
		Want: []string{"no port is left", "each had its event\n", "ok highest=131071\n"}}
}

// wrong asks for an interface of Xen's that there is not.
func wrong(name, param, text string) domtest.Guest {
	return domtest.Guest{Name: name, Pkg: "./lab/guests/events", XenOnly: true, Code: 2, Params: []string{param}, Want: []string{text}}
}

// channel makes a guest that tries event channels with one of Xen's interfaces,
// and so many ports. It says which interface it has.
func channel(name, table, ports, which string, more ...string) domtest.Guest {
	words := append([]string{"priority=0", "storm=2000", "idle=200", "cancel=1000", "masked=10000", "closing=100",
		"moving=300", "vcpus=100", "ports=1", "ports=100"}, more...)
	g := domtest.Guest{Name: name, Pkg: "./lab/guests/events", XenOnly: true, Args: words, Want: []string{which}}
	g.Params, g.Limits = []string{"evtchn=" + table}, []string{"max_event_channels=" + ports}
	for _, word := range words {
		if strings.HasPrefix(word, "exhaust=") {
			g.Want = append(g.Want, "no port is left: raise max_event_channels in the domain's configuration\n")
		}
		g.Want = append(g.Want, "ok "+word+"\n")
	}
	return g
}

func on2VCPUs(g domtest.Guest) domtest.Guest {
	g.VCPUs = 2
	return g
}

// TestVIRQ has Xen send virtual interrupts to each vCPU of a domain, by its debug
// key q. A process in dom0 binds one.
func TestVIRQ(t *testing.T) {
	domtest.NeedLab(t)
	const program, interrupts = "./lab/guests/events", 2
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		d := domtest.Started(t, mode, []string{"-vcpus", "2"}, program, fmt.Sprint("virq=", interrupts))
		for i := range interrupts {
			d.Expect("waiting for interrupt", i+1, 2*time.Minute)
			domtest.Dom0(t, "xl", "debug-keys", "q")
		}
		d.Succeed()
	})
	domtest.Dom0(t, domtest.InDom0(t, program), "virq=0")
}
