// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Network interfaces without a stack above them: between two domains, with no Linux
// in between, and to dom0's Linux. Host; boots domains.

package primitives

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

const vif = "./lab/guests/vif"

// attach gives a domain an interface, and detach takes it away.
func attach(t *testing.T, domain, to string) {
	t.Helper()
	domtest.Dom0(t, "xl", "network-attach", domain, "mac=00:16:3e:00:00:77", to)
}

func detach(t *testing.T, domain, number string) {
	t.Helper()
	domtest.Dom0(t, "xl", "network-detach", domain, number)
}

// outputOf is what a command prints on one of the lab's Linux systems.
func outputOf(t *testing.T, on *lab.Remote, words ...string) string {
	t.Helper()
	out, err := on.Output(t.Context(), words...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return out
}

// TestVifDomains: packets of every size go to another domain and come back; xl takes
// the interface away and gives it again in between.
func TestVifDomains(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		front := domtest.Domain(t, mode, vif, "front", "2")
		back := domtest.Domain(t, mode, vif, "back")
		front.Expect("waiting", 1, 2*time.Minute)
		back.Expect("waiting", 1, 2*time.Minute)
		attach(t, front.Name, "backend="+back.Name)
		front.Expect("ok round 0", 1, 2*time.Minute)
		detach(t, front.Name, "0")
		front.Expect("up false", 1, 2*time.Minute)
		attach(t, front.Name, "backend="+back.Name)
		front.Expect("ok round 1", 1, 2*time.Minute)
		front.Succeed()
	})
}

// TestVifLinux: Linux's backend in dom0 connects, carries packets both ways, and takes
// checksums that were left to it.
func TestVifLinux(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		front := domtest.Domain(t, mode, vif, "ping", "10.13.0.77", "10.13.0.1")
		front.Expect("waiting", 1, 2*time.Minute)
		attach(t, front.Name, "bridge=xenbr0")
		front.Expect("ok ping", 1, 2*time.Minute)
		front.Succeed()
	})
}

// answersOfItsOwn keeps Linux from answering for one interface on the other: both are
// on the same bridge, one directly.
const answersOfItsOwn = "echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore; "

// untilThere waits for the interface: xl returns when the backend has heard of it, Linux
// makes it when its frontend has connected.
const untilThere = "for i in $(seq 1200); do ip link show eth1 >/dev/null 2>&1 && break; sleep 0.1; done; "

// flood is how many bytes of TCP go each way through a domain that joins two
// interfaces. Three domains take turns on one emulated processor.
const flood = 1 << 20

// TestVifJoin: TCP of Linux's, from a Linux domain to dom0 and back, through a domain
// that has nothing but a backend for the one and a frontend for the other: all that
// Linux leaves to the other end, segments and checksums, goes through both.
func TestVifJoin(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		l := labtest.Need(t)
		linux, err := l.Linux(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer linux.Close()
		between := domtest.Domain(t, mode, vif, "join")
		between.Expect("waiting for an interface\n", 1, 2*time.Minute)
		attach(t, between.Name, "bridge=xenbr0")
		between.Expect("waiting for an interface to serve", 1, 2*time.Minute)
		const guest = "domlet-linux"
		attach(t, guest, "backend="+between.Name)
		defer detach(t, guest, "1")
		domtest.Dom0(t, "ip", "addr", "add", "10.15.0.1/24", "dev", "xenbr0")
		defer domtest.Dom0(t, "ip", "addr", "del", "10.15.0.1/24", "dev", "xenbr0")
		outputOf(t, linux, "sh", "-c", answersOfItsOwn+untilThere+"ip addr add 10.15.0.2/24 dev eth1 && ip link set eth1 up")
		outputOf(t, linux, "ping", "-c", "5", "-s", "1400", "10.15.0.1")
		pump(t, linux, l.Remote, "10.15.0.1")
		pump(t, l.Remote, linux, "10.15.0.2")
		between.Stop()
	})
}

// pump sends bytes over TCP and compares what came.
func pump(t *testing.T, from, to *lab.Remote, address string) {
	t.Helper()
	want := sha256.Sum256(bytes.Repeat([]byte("y\n"), flood/2))
	sink := domtest.Process(t, to, nil, "sh", "-c", "nc -l -p 5001 | sha256sum")
	start := time.Now()
	outputOf(t, from, "sh", "-c", fmt.Sprintf("yes | head -c %d | { for i in $(seq 400); do nc %s 5001 && exit; sleep 0.3; done; exit 1; }", flood, address))
	if got := sink.Succeed(); !strings.HasPrefix(got, hex.EncodeToString(want[:])) {
		t.Errorf("other bytes came: %s", got)
	}
	t.Logf("%d bytes to %s in %v", flood, address, time.Since(start))
}
