// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Several queues, and an interface that comes late. Host; boots domains.

package network

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// queuesNode is where Linux's backend keeps how many queues it offers at most.
const queuesNode = "/sys/module/xen_netback/parameters/max_queues"

// rings are where its debugging files are.
const rings = "/sys/kernel/debug/xen-netback/"

// answers finds how many slots a backend has answered, of both rings of a queue.
var answers = regexp.MustCompile(`rsp prod (\d+)`)

// TestQueues: a domain with two vCPUs has two queues to Linux's backend, and by both
// some of many connections go, each way.
func TestQueues(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		l := tooled(t)
		before := dom0(t, "cat", queuesNode)
		dom0(t, "sh", "-c", "echo 2 >"+queuesNode)
		t.Cleanup(func() { l.Output(context.Background(), "sh", "-c", "echo "+before+" >"+queuesNode) })
		dom0(t, "sh", "-c", "[ -d "+rings+" ] || mount -t debugfs none /sys/kernel/debug")
		n := guest(t, domtest.Guest{Mode: mode, Pkg: netpeer, Args: []string{"serve"}, Memory: 96, VCPUs: 2})
		n.Expect("serving at", 1, 5*time.Minute)
		t.Log(from(t, "many", n.address, "64"))
		from(t, "echo", n.address, "300000")
		if got := strings.TrimSpace(dom0(t, "xenstore-read", "/local/domain/"+n.number()+"/device/vif/0/multi-queue-num-queues")); got != "2" {
			t.Errorf("the interface has %s queues, want 2", got)
		}
		for queue := range 2 {
			text := dom0(t, "cat", fmt.Sprintf("%s%s/io_ring_q%d", rings, n.vif(), queue))
			found := answers.FindAllStringSubmatch(text, -1)
			if len(found) != 2 {
				t.Fatalf("the backend says of queue %d:\n%s", queue, text)
			}
			for i, way := range []string{"from", "to"} {
				if done, _ := strconv.Atoi(found[i][1]); done < 10 {
					t.Errorf("queue %d carried %d packets %s the domain", queue, done, way)
				}
			}
			t.Log(text)
		}
	})
}

// TestAttachedLater: a domain that has settings for an interface, and none yet when its
// program begins to listen, is reached when xl has given it one.
func TestAttachedLater(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		address := freeAddress()
		n := domtest.Start(t, domtest.Guest{Mode: mode, Pkg: netpeer, Args: []string{"serve"}, Env: []string{"DOMLET_NET=" + address + "/24"}, Within: time.Hour})
		n.Expect("serving at", 1, 5*time.Minute)
		dom0(t, "xl", "network-attach", n.Name, "bridge=xenbr0")
		curl(t, "http://"+address+"/")
	})
}
