// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// An authoritative DNS server: its arguments are the zone's records, such as
//
//	'domlet.test. 60 IN SOA ns.domlet.test. root.domlet.test. 1 3600 600 86400 60' 'www.domlet.test. 60 IN A 10.13.0.40'
//
// It answers over UDP and TCP. On goroutines.
package main

import (
	"flag"
	"log"
	"slices"

	"github.com/miekg/dns"
)

// zone is what the server knows: the first record is its SOA.
type zone struct{ records []dns.RR }

func main() {
	at := flag.String("listen", ":53", "where to serve")
	flag.Parse()
	z := &zone{}
	for _, text := range flag.Args() {
		rr, err := dns.NewRR(text)
		if err != nil {
			log.Fatal(err)
		}
		z.records = append(z.records, rr)
	}
	if len(z.records) == 0 || z.records[0].Header().Rrtype != dns.TypeSOA {
		log.Fatal("give the zone's records as arguments, its SOA first")
	}
	errs := make(chan error)
	for _, network := range []string{"udp", "tcp"} {
		s := &dns.Server{Addr: *at, Net: network, Handler: z}
		go func() { errs <- s.ListenAndServe() }()
	}
	log.Fatal(<-errs)
}

// ServeDNS answers one question.
func (z *zone) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	m := new(dns.Msg)
	soa := z.records[0]
	switch {
	case question.Opcode != dns.OpcodeQuery || len(question.Question) != 1:
		m.SetRcode(question, dns.RcodeNotImplemented)
	case !dns.IsSubDomain(soa.Header().Name, question.Question[0].Name):
		m.SetRcode(question, dns.RcodeRefused)
	default:
		m.SetReply(question)
		z.answer(m, question.Question[0])
	}
	w.WriteMsg(m) // a client that went away asks again
}

// answer puts what the zone has for a question into m.
func (z *zone) answer(m *dns.Msg, q dns.Question) {
	m.Authoritative = true
	known := false
	for _, rr := range z.records {
		h := rr.Header()
		if dns.CanonicalName(h.Name) != dns.CanonicalName(q.Name) {
			continue
		}
		known = true
		if slices.Contains([]uint16{h.Rrtype, dns.TypeANY}, q.Qtype) || h.Rrtype == dns.TypeCNAME {
			m.Answer = append(m.Answer, rr)
		}
	}
	if !known {
		m.Rcode = dns.RcodeNameError
	}
	if len(m.Answer) == 0 {
		m.Ns = []dns.RR{z.records[0]}
	}
}
