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

// TestDHCP: a domain without settings of its own gets address, router and name servers
// from a server in dom0.
func TestDHCP(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		l := tooled(t)
		if err := l.PutFrom(t.Context(), strings.NewReader(leases), "/run/udhcpd.conf", "", 0o600); err != nil {
			t.Fatal(err)
		}
		dom0(t, "touch", "/run/leases")
		t.Cleanup(func() { l.Output(context.Background(), "rm", "/run/leases") })
		s := domtest.Process(t, l.Remote, nil, "udhcpd", "-f", "-S", "/run/udhcpd.conf")
		n := domtest.Start(t, domtest.Guest{Mode: mode, Pkg: netpeer, Args: []string{"serve"}, Flags: []string{"-net", "dhcp"}, Within: time.Hour})
		n.Expect("serving at", 1, 5*time.Minute)
		found := regexp.MustCompile(`10\.13\.0\.24\d`).FindString(n.Said())
		if found == "" {
			t.Fatal("the domain has no address of the server's")
		}
		if got, want := curl(t, "http://"+found+"/servers"), "nameserver 10.13.0.1\nnameserver 10.13.0.7\n"; got != want {
			t.Errorf("the name servers are %q, want %q", got, want)
		}
		n.Stop()
		s.Stop()
	})
}
