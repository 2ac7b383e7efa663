// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What may happen to an interface and on the wire while programs use it. Host; boots
// domains.

package network

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
)

// dom0 runs a command there.
func dom0(t *testing.T, words ...string) string {
	t.Helper()
	return output(t, tooled(t).Remote, words...)
}

// from runs netpeer in dom0.
func from(t *testing.T, words ...string) string {
	t.Helper()
	return dom0(t, append([]string{domtest.InDom0(t, netpeer)}, words...)...)
}

// steady has dom0 talk to a domain over one connection, a line at a time.
func (n node) steady(t *testing.T, d time.Duration) *domtest.Speaker {
	t.Helper()
	s := domtest.Process(t, tooled(t).Remote, nil, domtest.InDom0(t, netpeer), "steady", n.address, d.String())
	s.Expect("line 3", 1, 2*time.Minute)
	return s
}

// goesOn wants more lines than there were.
func goesOn(t *testing.T, s *domtest.Speaker) {
	t.Helper()
	s.Expect("line", strings.Count(s.Said(), "line")+5, 4*time.Minute)
}

// ether finds the address of eth0 in what the domain says of its interfaces.
var ether = regexp.MustCompile(`eth0 mtu=(\d+) (\S+) `)

// eth0 asks the domain for its interface's MTU and Ethernet address.
func (n node) eth0(t *testing.T) (mtu, address string) {
	t.Helper()
	text := curl(t, "http://"+n.address+"/interfaces")
	found := ether.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("there is no eth0: %s", text)
	}
	return found[1], found[2]
}

// TestDetached: xl takes the interface away and gives it again, first the same, then
// one with another Ethernet address; a connection that was open goes on.
func TestDetached(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		n := server(t, mode, 64)
		talk := n.steady(t, time.Hour)
		_, address := n.eth0(t)
		for _, next := range []string{address, "00:16:3e:00:00:78"} {
			dom0(t, "xl", "network-detach", n.Name, "0")
			time.Sleep(2 * time.Second) // some lines are said into the void
			dom0(t, "xl", "network-attach", n.Name, "mac="+next, "bridge=xenbr0")
			goesOn(t, talk)
			if _, got := n.eth0(t); got != next {
				t.Errorf("eth0 has the address %s, want %s", got, next)
			}
		}
		talk.Stop()
	})
}

// TestBackendReturns: dom0's backend lets go of the interface and takes it up again;
// a connection that was open goes on.
func TestBackendReturns(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		n := server(t, mode, 64)
		talk := n.steady(t, time.Hour)
		device := "vif-" + n.number() + "-0"
		for range 2 {
			dom0(t, "sh", "-c", "echo "+device+" >/sys/bus/xen-backend/drivers/vif/unbind")
			time.Sleep(2 * time.Second)
			dom0(t, "sh", "-c", "echo "+device+" >/sys/bus/xen-backend/drivers/vif/bind")
			dom0(t, "sh", "-c", "for i in $(seq 1200); do ip link show "+n.vif()+" >/dev/null 2>&1 && break; sleep 0.1; done")
			dom0(t, "ip", "link", "set", n.vif(), "master", "xenbr0")
			dom0(t, "ip", "link", "set", n.vif(), "up")
			dom0(t, "xenstore-write", "/local/domain/0/backend/vif/"+n.number()+"/0/hotplug-status", "connected")
			goesOn(t, talk)
		}
		talk.Stop()
	})
}

// TestMTU: another MTU becomes the interface's, and streams go on, whole.
func TestMTU(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		n := server(t, mode, 64)
		talk := n.steady(t, time.Hour)
		for _, mtu := range []string{"1300", "1500"} {
			dom0(t, "xenstore-write", "/local/domain/"+n.number()+"/device/vif/0/mtu", mtu)
			dom0(t, "ip", "link", "set", n.vif(), "mtu", mtu)
			for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
				got, _ := n.eth0(t)
				if got == mtu {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("eth0 has an MTU of %s, want %s", got, mtu)
				}
			}
			goesOn(t, talk)
			from(t, "echo", n.address, "300000")
		}
		talk.Stop()
	})
}

// tc is iproute2's: by its name alone busybox's shell calls a program of its own.
const tc = "/usr/bin/tc"

// spoil has an interface of dom0's lose, delay and reorder what it sends, until the
// test ends.
func spoil(t *testing.T, l *lab.Lab, vif string) {
	t.Helper()
	dom0(t, append([]string{tc, "qdisc", "add", "dev", vif, "root", "netem"}, strings.Fields("loss 2% delay 5ms reorder 25% 50% duplicate 1%")...)...)
	t.Cleanup(func() { l.Output(context.Background(), tc, "qdisc", "del", "dev", vif, "root") })
}

// TestLossAndReordering: with packets lost, doubled and out of order both ways, what
// arrives is what was sent.
func TestLossAndReordering(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		l := tooled(t)
		if err := l.Load(t.Context(), "sch_netem"); err != nil {
			t.Fatal(err)
		}
		on, program := linux(t)
		n := server(t, mode, 64)
		spoil(t, l, n.vif())
		spoil(t, l, "vif"+strings.TrimSpace(dom0(t, "xl", "domid", "domlet-linux"))+".0")
		for _, way := range []string{"up", "down", "echo"} {
			t.Log(way, output(t, on, program, way, n.address, fmt.Sprint(1<<20)))
		}
		sent := dom0(t, tc, "-s", "qdisc", "show", "dev", n.vif())
		if !strings.Contains(sent, "netem") || strings.Contains(sent, "dropped 0,") {
			t.Errorf("nothing was lost: %s", sent)
		}
		t.Log(sent)
	})
}

// TestFlood: beginnings of connections from nobody, ten times as many as the domain
// takes in connections, leave room for those that are meant.
func TestFlood(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		n := server(t, mode, 64)
		quiet := from(t, "connect", n.address, "4", "3s")
		rate := domtest.Figure(t, quiet, "connections") * int64(time.Second) / domtest.Figure(t, quiet, "ns")
		flood := domtest.Process(t, tooled(t).Remote, nil, domtest.InDom0(t, netpeer), "syn", n.address, fmt.Sprint(10*rate), "8s")
		time.Sleep(time.Second)
		under := from(t, "connect", n.address, "1", "5s")
		if domtest.Figure(t, under, "connections") == 0 {
			t.Errorf("nobody was let in during the flood: %s", under)
		}
		sent := flood.Succeed()
		t.Logf("%d connections a second; under a flood of %s: %s", rate, strings.TrimSpace(sent), under)
		from(t, "echo", n.address, "100000")
	})
}

// TestManyConnections: 500 at once, each of which says something and hears it again.
func TestManyConnections(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		n := server(t, mode, 64)
		t.Log(from(t, "many", n.address, "500"))
	})
}

// TestMemoryPressure: a small domain gets far more than it can hold, for programs
// that do not read. It drops packets, says so, and serves others afterwards.
func TestMemoryPressure(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		n := server(t, mode, 24)
		t.Log(from(t, "hold", n.address, "200", "15s"))
		t.Log(curl(t, "http://"+n.address+"/interfaces"))
		from(t, "echo", n.address, "1000000")
	})
}
