// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Questions that nobody answers. Domains in memory. Host.

package relay_test

import (
	"testing"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
)

// directory is the relay's, of which the test has one more.
func (h *host) directory() *directory.Directory {
	d, err := directory.Open(h.ctx, h.Domain(hub).Platform().Store)
	h.must(err)
	go func() {
		for range d.Follow(h.ctx) {
		}
	}()
	return d
}

// TestAsksForMuch has one domain make as many calls as it can that somebody is asked about, who does not answer: another domain's
// is asked about nevertheless.
func TestAsksForMuch(t *testing.T) {
	h := newHost(t)
	h.Domain(5)
	h.name(5, "mute")
	h.attach("mute")
	told, d := h.muteAgent(5), h.directory()
	h.until("mute can be asked", func() bool { return d.Find("mute") != nil })
	asker := &relay.Asker{Relay: h.relay, Directory: d, Domain: "mute", User: "user", Time: patience}
	refused := make(chan error, wire.MaxCalls)
	ask := func(id abi.Domid_t) {
		_, err := asker.Ask(h.ctx, relay.Question{Source: relay.Peer{ID: id}}, policy.Decision{Targets: []string{"vault"}})
		if h.ctx.Err() == nil {
			refused <- err
		}
	}
	for range wire.MaxCalls {
		go ask(numbers["work"])
	}
	for range wire.MaxCalls {
		select {
		case <-told:
		case <-refused:
		}
	}
	go ask(numbers["lone"])
	select {
	case <-told:
	case err := <-refused:
		t.Errorf("another domain's call is not asked about: %v", err)
	}
}
