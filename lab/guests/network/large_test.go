// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Packets that stand for many segments, over both protocols. Host; boots domains.

package network

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// network6 is IPv6's network on dom0's bridge, and dom0's address there.
const network6, own6 = "fd00:13::", "fd00:13::1/64"

// carried reads what an interface of dom0's has carried one way.
func carried(t *testing.T, vif, way string) (packets, bytes int) {
	t.Helper()
	text := dom0(t, "sh", "-c", fmt.Sprintf("cd /sys/class/net/%s/statistics && cat %s_packets %s_bytes", vif, way, way))
	words := strings.Fields(text)
	packets, _ = strconv.Atoi(words[0])
	bytes, err := strconv.Atoi(words[1])
	if err != nil {
		t.Fatal(err)
	}
	return packets, bytes
}

// TestLargePackets: streams to and from Linux go, over IPv4 and IPv6, in packets that
// are on average at least three times as long as the MTU lets one be: each end leaves
// cutting them to the other. Echo requests are answered over both as well.
func TestLargePackets(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		l := tooled(t)
		dom0(t, "sh", "-c", "echo 0 >/proc/sys/net/ipv6/conf/xenbr0/accept_dad && ip addr add "+own6+" dev xenbr0")
		t.Cleanup(func() { l.Output(context.Background(), "ip", "addr", "del", own6, "dev", "xenbr0") })
		v4 := freeAddress()
		v6 := network6 + v4[strings.LastIndexByte(v4, '.')+1:]
		n := node{domtest.Start(t, domtest.Guest{Mode: mode, Pkg: netpeer, Args: []string{"serve"}, Flags: []string{"-net", v4 + "/24," + v6 + "/64"}, Within: time.Hour}), v4}
		n.Expect("serving at", 1, 5*time.Minute)
		for _, address := range []string{v4, v6} {
			dom0(t, "ping", "-c", "1", "-W", "60", address)
			for way, command := range map[string]string{"tx": "up", "rx": "down"} {
				packets, bytes := carried(t, n.vif(), way)
				from(t, command, address, fmt.Sprint(4<<20))
				after, total := carried(t, n.vif(), way)
				if mean := (total - bytes) / (after - packets); mean < 3*1500 {
					t.Errorf("%s %s: packets have %d bytes on average", command, address, mean)
				} else {
					t.Logf("%s %s: %d packets of %d bytes on average", command, address, after-packets, mean)
				}
			}
		}
	})
}
