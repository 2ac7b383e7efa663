// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What memory domains share, as Xen says it. Host; boots domains.

package domtest

import (
	"strings"
	"testing"
)

// LentBy returns the numbers of the domains that have pages of a domain's mapped, one for each page: the entries of its grant
// table that are in use, which Xen prints to its log when it is asked to.
func LentBy(t *testing.T, id string) (to []string) {
	t.Helper()
	log := Dom0(t, "sh", "-c", "xl debug-keys g && xl dmesg")
	_, log, found := strings.Cut(log[max(0, strings.LastIndex(log, "gnttab_usage_print_all [")):], "for remote d"+id+" ")
	if !found {
		t.Fatalf("Xen says nothing of the grant table of domain %s", id)
	}
	log, _, _ = strings.Cut(log, "for remote d")
	for line := range strings.Lines(log) {
		if _, entry, is := strings.Cut(line, "(XEN) [0x"); is {
			to = append(to, strings.Fields(entry)[1])
		}
	}
	return to
}
