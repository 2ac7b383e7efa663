// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How fast calls are. Host; boots domains.

package services

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

// TestQrexecSpeed measures calls between two domains of domlet's by a relay that is a
// third, in the lab whose clock counts instructions: empty calls one after the other,
// and 1, 2, 4 and 8 at a time, bytes through one call, and bytes through a vchan alone
// between the same two.
func TestQrexecSpeed(t *testing.T) {
	domtest.NeedLong(t)
	l := domtest.Repeatable(t)
	rules := t.TempDir()
	if err := os.WriteFile(filepath.Join(rules, "30-test.policy"), []byte("* * @anyvm @anyvm allow\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, mode := range domtest.Modes() {
		t.Run(mode, func(t *testing.T) {
			relayName, me, other := domtest.Unique(), domtest.Unique(), domtest.Unique()
			policy := "/tmp/" + domtest.Unique()
			if _, err := l.Output(t.Context(), "mkdir", policy); err != nil {
				t.Fatal(err)
			}
			if err := l.Put(t.Context(), filepath.Join(rules, "30-test.policy"), policy+"/30-test.policy"); err != nil {
				t.Fatal(err)
			}
			relay := domtest.DomainOf(t, l, mode, relayName, []string{"-files", policy + ":/etc/qubes/policy.d"}, "./services/qrexec/domain")
			relay.Expect("qrexec: ready\n", 1, slow)
			ctl := domtest.Keep(t, l, domtest.Program(t, "./cmd/domlet-ctl"))
			attach := func(name string) {
				if _, err := l.Output(t.Context(), "sh", "-c", fmt.Sprintf("chmod +x %[1]s; touch %[1]s.domains; %[1]s -domains %[1]s.domains attach -as qrexec %[2]s %[3]s", ctl, name, relayName)); err != nil {
					t.Fatal(err)
				}
				relay.Expect("the agent of "+name+", domain ", 1, slow)
			}
			domtest.DomainOf(t, l, mode, other, nil, "./lab/guests/caller").Expect("ready\n", 1, slow)
			attach(other)
			number, err := l.Output(t.Context(), "xl", "domid", other)
			if err != nil {
				t.Fatal(err)
			}
			orders := []string{"speed first " + other + " 20", "speed alone " + other + " 300"}
			for _, lanes := range []string{"1", "2", "4", "8"} {
				orders = append(orders, "many lanes="+lanes+" "+other+" 160 "+lanes)
			}
			for range 3 {
				orders = append(orders, "flow call "+other+" 4000000", "raw vchan "+other+" 4000000 "+strings.TrimSpace(number))
			}
			caller := domtest.DomainOf(t, l, mode, me, nil, "./lab/guests/caller", orders...)
			caller.Expect("ready\n", 1, slow)
			attach(me)
			caller.Expect("\nvchan: ", 3, 5*slow)
			caller.Expect("_a_second=", 10, slow)
			_, said, _ := strings.Cut(caller.Said(), "\nalone: ")
			t.Log("alone: " + said)
			if strings.Count(said, "calls_a_second=") != 4 || strings.Count(said, "kib_a_second=") != 6 {
				t.Error("a figure is wanting")
			}
		})
	}
}
