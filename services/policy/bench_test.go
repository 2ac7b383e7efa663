// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a decision costs, with a policy of a thousand rules of which the last
// matches. Host only.

package policy

import (
	"fmt"
	"strings"
	"testing"
)

func thousand(t testing.TB) (*Policy, *Domains) {
	var text, domains strings.Builder
	for i := range 999 {
		fmt.Fprintf(&text, "service.%d * @tag:t%d @type:AppVM allow\n", i%50, i%7)
	}
	text.WriteString("demo.Echo * @tag:all @anyvm allow notify=yes\ndemo.Ask * @anyvm @tag:all ask\n")
	for i := range 200 {
		fmt.Fprintf(&domains, "vm%d type=AppVM tags=t%d,all\n", i, i%7)
	}
	return parsed(t, text.String()), directory(t, domains.String())
}

// A decision allocates nothing unless there is something to choose from.
func TestNothingAllocated(t *testing.T) {
	p, dir := thousand(t)
	for _, r := range []Request{
		{"demo.Echo", "x", "vm3", "vm4"}, {"demo.Echo", "", "vm3", "dom0"}, {"demo.Echo", "", "vm3", ""},
		{"demo.Echo", "", "vm3", "nobody"}, {"service.1", "", "vm1", "vm2"}, {"demo.Echo", "", "nobody", "vm2"},
	} {
		if n := testing.AllocsPerRun(100, func() { p.Evaluate(dir, r) }); n != 0 {
			t.Errorf("%v: %v allocations", r, n)
		}
	}
}

func BenchmarkEvaluate(b *testing.B) {
	p, dir := thousand(b)
	for name, r := range map[string]Request{"allow": {"demo.Echo", "x", "vm3", "vm4"}, "none": {"demo.None", "", "vm3", "vm4"}, "ask200": {"demo.Ask", "", "vm3", "vm4"}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Evaluate(dir, r)
			}
		})
	}
}
