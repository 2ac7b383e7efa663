// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// More domains for the tests of a relay. Host.

package relay_test

import (
	"fmt"

	"github.com/domlet/domlet/services/directory/keeper"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/wire"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// attach attaches one more domain.
func (h *host) attach(name string) {
	h.Helper()
	h.must(h.keeper.Attach(h.ctx, keeper.Wish{Client: name, Service: "relay", As: byvchan.Service}))
	h.reconcile()
}

// muteAgent is an agent that takes what it is told and does nothing. What it was told to run comes out of the channel.
func (h *host) muteAgent(id abi.Domid_t) <-chan wire.Message {
	told := make(chan wire.Message, 1)
	t := &byvchan.Transport{Platform: h.Domain(id).Platform()}
	go func() {
		conn, err := t.Accept(h.ctx, hub, wire.ControlPort)
		if err != nil {
			h.Error(err)
			return
		}
		control := wire.NewControl(wire.Agent, wire.Newest)
		conn.Write(control.Hello().Append(nil))
		for {
			m, err := control.Read(conn)
			if err != nil {
				return
			}
			if m.Type == wire.ExecCmdline {
				told <- m
			}
		}
	}()
	return told
}

// offersPath is where a domain offers another one connections.
func offersPath(server, client abi.Domid_t) string {
	return fmt.Sprintf("%s/data/vchan/%d", store.DomainPath(server), client)
}
