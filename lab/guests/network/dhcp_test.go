// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Addresses from a DHCP server. Host; boots domains.

package network

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// leases is the configuration of busybox's server.
const leases = `start 10.13.0.240
end 10.13.0.249
interface xenbr0
lease_file /run/leases
option subnet 255.255.255.0
option router 10.13.0.1
option dns 10.13.0.1 10.13.0.7
`

// given finds the addresses that the server has confirmed.
var given = regexp.MustCompile(`sending ACK to (10\.13\.0\.24\d)`)

// confirmed waits until it has confirmed another address than that, and returns it. A
// client that hears nothing for a second asks again, so one may be confirmed twice.
func confirmed(t *testing.T, s *domtest.Speaker, other string) string {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		for _, found := range given.FindAllStringSubmatch(s.Said(), -1) {
			if found[1] != other {
				return found[1]
			}
		}
	}
	t.Fatalf("the server gave no address but %q: %s", other, s.Said())
	return ""
}

// TestDHCP: a domain without settings of its own gets address, router and name servers
// from a server in dom0; and another address when xl has given its interface another
// Ethernet address.
func TestDHCP(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		l := tooled(t)
		if err := l.PutFrom(t.Context(), strings.NewReader(leases), "/run/udhcpd.conf", "", 0o600); err != nil {
			t.Fatal(err)
		}
		dom0(t, "touch", "/run/leases")
		t.Cleanup(func() { l.Output(context.Background(), "rm", "/run/leases") })
		s := domtest.Process(t, l.Remote, nil, "sh", "-c", "exec udhcpd -f /run/udhcpd.conf 2>&1")
		n := domtest.Start(t, domtest.Guest{Mode: mode, Pkg: netpeer, Args: []string{"serve"}, Flags: []string{"-net", "dhcp"}, Within: time.Hour})
		n.Expect("serving at", 1, 5*time.Minute)
		first := confirmed(t, s, "")
		if got, want := curl(t, "http://"+first+"/servers"), "nameserver 10.13.0.1\nnameserver 10.13.0.7\n"; got != want {
			t.Errorf("the name servers are %q, want %q", got, want)
		}
		dom0(t, "xl", "network-detach", n.Name, "0")
		dom0(t, "xl", "network-attach", n.Name, "mac=00:16:3e:00:00:79", "bridge=xenbr0")
		curl(t, "http://"+confirmed(t, s, first)+"/")
		n.Stop()
		s.Stop()
	})
}
