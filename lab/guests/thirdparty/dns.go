// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// github.com/miekg/dns: a server and a client, over UDP and TCP. On goroutines.

package main

import (
	"fmt"
	"net"

	"github.com/miekg/dns"
)

func dnsCase() error {
	record, err := dns.NewRR("www.domlet.test. 60 IN A 10.13.0.40")
	if err != nil {
		return err
	}
	answer := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.Answer = []dns.RR{record}
		w.WriteMsg(m)
	})
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	streams, err := net.Listen("tcp", packets.LocalAddr().String())
	if err != nil {
		return err
	}
	for _, s := range []*dns.Server{{PacketConn: packets, Handler: answer}, {Listener: streams, Handler: answer}} {
		go s.ActivateAndServe()
		defer s.Shutdown()
	}
	for _, network := range []string{"udp", "tcp"} {
		c := &dns.Client{Net: network}
		r, _, err := c.Exchange(new(dns.Msg).SetQuestion("www.domlet.test.", dns.TypeA), packets.LocalAddr().String())
		if err != nil {
			return fmt.Errorf("%s: %w", network, err)
		}
		if len(r.Answer) != 1 || r.Answer[0].String() != record.String() {
			return fmt.Errorf("%s: the answer is %v", network, r.Answer)
		}
	}
	return nil
}
