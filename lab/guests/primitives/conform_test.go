// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What two domains do with each other: the scenarios of xentest, between a
// domain and dom0 and between two domains. Host; boots domains.

package primitives

import (
	"slices"
	"testing"

	"github.com/domlet/domlet/lab/labtest"
	"github.com/domlet/domlet/xen/xentest"
	"github.com/domlet/domlet/xen/xentest/vchantest"

	"github.com/domlet/domlet/lab/domtest"
)

const conform = "./lab/guests/conform"

// kinds are the kinds of scenarios that conform knows.
var kinds = []string{"events", "grants", "vchan"}

// conformance are all of them.
func conformance() (want []string) {
	for _, s := range slices.Concat(xentest.EventScenarios(), xentest.GrantScenarios(), vchantest.Scenarios()) {
		want = append(want, "ok "+s.Name+" ")
	}
	return want
}

// half boots a domain that plays one half with whom it will be introduced to.
func half(t *testing.T, mode, role, room string) *domtest.Speaker {
	t.Helper()
	return domtest.Domain(t, mode, conform, append([]string{role, "wait", room}, kinds...)...)
}

// passed waits for a half's end, and looks for what it must have done.
func passed(t *testing.T, s *domtest.Speaker) {
	t.Helper()
	domtest.Check(t, domtest.Guest{Want: conformance()}, domtest.Result{Stdout: s.Succeed()})
}

// TestConformance runs the scenarios between a domain and a process in dom0.
func TestConformance(t *testing.T) {
	domtest.NeedLab(t)
	remote := domtest.InDom0(t, conform)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		room := "dom0-" + mode
		domain := half(t, mode, xentest.Client, room)
		domtest.Dom0(t, remote, "introduce", domain.Number(), "0")
		words := append([]string{remote, xentest.Server, domain.Number(), room}, kinds...)
		passed(t, domtest.Process(t, labtest.Need(t).Remote, nil, words...))
		passed(t, domain)
	})
}

// TestConformanceOfDomains runs them between two domains.
func TestConformanceOfDomains(t *testing.T) {
	domtest.NeedLab(t)
	remote := domtest.InDom0(t, conform)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		room := "domains-" + mode
		server := half(t, mode, xentest.Server, room)
		client := half(t, mode, xentest.Client, room)
		domtest.Dom0(t, remote, "introduce", server.Number(), client.Number())
		domtest.Dom0(t, remote, "introduce", client.Number(), server.Number())
		passed(t, server)
		passed(t, client)
	})
}
