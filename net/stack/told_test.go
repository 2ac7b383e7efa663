// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What xenstore may tell of addresses. Host only.

package stack

import "testing"

func TestTold(t *testing.T) {
	for _, c := range []struct {
		nodes map[string]string
		want  string
	}{
		{nil, ""},
		{map[string]string{"device/vif/0/backend": "/b"}, ""},
		{map[string]string{"device/vif/0/backend": "/b", "/b/ip": "10.13.0.5"}, ""}, // how long is its network?
		{map[string]string{"device/vif/0/backend": "/b", "/b/ip": "10.13.0.5/24 fd00::5/64"}, "10.13.0.5/24,fd00::5/64"},
		{map[string]string{"qubes-ip": "10.137.0.9", "qubes-netmask": "255.255.255.255", "qubes-gateway": "10.138.1.1",
			"qubes-primary-dns": "10.139.1.1", "qubes-secondary-dns": "10.139.1.2", "device/vif/0/backend": "/b", "/b/ip": "10.1.1.1/8"},
			"10.137.0.9/32,gateway=10.138.1.1,dns=10.139.1.1,dns=10.139.1.2"},
		{map[string]string{"qubes-ip": "10.137.0.9", "qubes-netmask": "255.255.255.0", "qubes-ip6": "fd09::9", "qubes-gateway6": "fe80::1"},
			"10.137.0.9/24,fd09::9/128,gateway=fe80::1"},
		{map[string]string{"qubes-ip": "10.137.0.9", "qubes-netmask": "nonsense"}, "10.137.0.9/32"},
		{map[string]string{"qubes-gateway": "10.138.1.1"}, ""},
	} {
		got := told(func(path string) string { return c.nodes[path] })
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.nodes, got, c.want)
		}
		if _, err := ParseSettings(got); err != nil {
			t.Errorf("%q: %v", got, err)
		}
	}
}
