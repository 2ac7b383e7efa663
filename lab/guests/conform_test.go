// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What two domains do with each other: the scenarios of xentest, between a
// domain and dom0 and between two domains. Host; boots domains.

package guests

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/labtest"
	"github.com/domlet/domlet/xen/xentest"
	"github.com/domlet/domlet/xen/xentest/vchantest"
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

// inDom0 puts the program into dom0, and returns where and how it is removed.
func inDom0(t *testing.T) (remote string, remove func()) {
	t.Helper()
	remote = "/tmp/conform-" + filepath.Base(t.TempDir()) + filepath.Base(scratch)
	if r := run(t, time.Minute, mkimage(t), "lab", "cp", program(t, conform), "dom0:"+remote); r.code != 0 {
		t.Fatal(r.tail())
	}
	return remote, func() { dom0(t, "rm", "-f", remote) }
}

// half boots a domain that plays one half with whom it will be introduced to. It
// returns the domain's number, and a function that waits for its end.
func half(t *testing.T, mode, role, room string) (id string, end func()) {
	t.Helper()
	name := room + "-" + role
	g := guest{name: name, mode: mode, pkg: conform, want: conformance(), within: 5 * time.Minute}
	g.args = append([]string{role, "wait", room}, kinds...)
	words := g.command(image(t, conform, ""))
	ended := make(chan result, 1)
	go func() {
		ended <- run(t, g.limit(), mkimage(t), append([]string{"run", "-name", name}, words[1:]...)...)
	}()
	return domid(t, labtest.Need(t), name), func() { check(t, g, <-ended) }
}

// TestConformance runs the scenarios between a domain and a process in dom0.
func TestConformance(t *testing.T) {
	needLab(t)
	remote, remove := inDom0(t)
	defer remove()
	inFirstMode(t, func(t *testing.T, mode string) {
		room := "dom0-" + mode
		id, end := half(t, mode, xentest.Client, room)
		dom0(t, remote, "introduce", id, "0")
		words := append([]string{"lab", "sh", "--", remote, xentest.Server, id, room}, kinds...)
		r := run(t, 5*time.Minute, mkimage(t), words...)
		end()
		check(t, guest{want: conformance()}, r)
	})
}

// TestConformanceOfDomains runs them between two domains.
func TestConformanceOfDomains(t *testing.T) {
	needLab(t)
	remote, remove := inDom0(t)
	defer remove()
	inFirstMode(t, func(t *testing.T, mode string) {
		room := "domains-" + mode
		server, serverEnd := half(t, mode, xentest.Server, room)
		client, clientEnd := half(t, mode, xentest.Client, room)
		dom0(t, remote, "introduce", server, client)
		dom0(t, remote, "introduce", client, server)
		serverEnd()
		clientEnd()
	})
}
