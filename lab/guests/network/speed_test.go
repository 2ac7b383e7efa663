// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How fast a domain's network is, beside a Linux domain's. Host; boots domains.

package network

import (
	"fmt"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
)

// flow is how many bytes a stream has that is measured.
const flow = 64 << 20

// figures are what was measured, by name.
type figures map[string]float64

// better says of what is measured whether more is better.
var better = []struct {
	name string
	more bool
}{
	{"TCP to the domain, Mbit/s", true}, {"TCP to the domain, CPU s/GB", false},
	{"TCP from the domain, Mbit/s", true}, {"TCP from the domain, CPU s/GB", false},
	{"UDP to the domain, packets/s", true}, {"UDP from the domain, packets/s", true},
	{"HTTP 1, requests/s", true}, {"HTTP 1, p50, us", false}, {"HTTP 1, p99, us", false},
	{"HTTP 16, requests/s", true}, {"HTTP 16, p50, us", false}, {"HTTP 16, p99, us", false},
}

// probe is dom0's netpeer, which measures a guest.
type probe struct {
	on      *lab.Remote
	program string
	address string
	name    string // of the guest
	all     figures
}

// run runs one measurement.
func (p *probe) run(t *testing.T, command string, words ...string) (figure func(name string) float64) {
	t.Helper()
	text := output(t, p.on, append([]string{p.program, command, p.address}, words...)...)
	t.Log(command, words, text)
	return func(name string) float64 { return float64(domtest.Figure(t, text, name)) }
}

// cpu is how much time of a processor Xen counted for the guest, in seconds.
func (p *probe) cpu(t *testing.T) float64 {
	t.Helper()
	id := strings.TrimSpace(output(t, p.on, "xl", "domid", p.name))
	return float64(domtest.Figure(t, output(t, p.on, p.program, "cputime", id), "cputime")) / 1e9
}

// directions are the ways of bytes, from dom0's side.
var directions = []struct{ command, name string }{{"up", "to"}, {"down", "from"}}

// measure makes all measurements.
func (p *probe) measure(t *testing.T) figures {
	t.Helper()
	p.all = figures{}
	p.run(t, "echo", "1000000") // both ends have warm caches
	t.Run("streams", p.streams)
	t.Run("datagrams", p.datagrams)
	t.Run("pages", p.pages)
	return p.all
}

func (p *probe) streams(t *testing.T) {
	for _, way := range directions {
		before := p.cpu(t)
		r := p.run(t, way.command, fmt.Sprint(flow))
		p.all["TCP "+way.name+" the domain, Mbit/s"] = r("bytes") * 8e3 / r("ns")
		p.all["TCP "+way.name+" the domain, CPU s/GB"] = (p.cpu(t) - before) / (flow / 1e9)
	}
}

func (p *probe) datagrams(t *testing.T) {
	for _, way := range directions {
		r := p.run(t, "datagrams-"+way.command, "64", "300ms")
		p.all["UDP "+way.name+" the domain, packets/s"] = r("received") * 1e9 / r("ns")
	}
}

func (p *probe) pages(t *testing.T) {
	for _, visitors := range []string{"1", "16"} {
		r := p.run(t, "http", visitors, "600ms")
		p.all["HTTP "+visitors+", requests/s"] = r("requests") * 1e9 / r("ns")
		p.all["HTTP "+visitors+", p50, us"] = r("p50") / 1e3
		p.all["HTTP "+visitors+", p99, us"] = r("p99") / 1e3
	}
}

// least is how good a domain must be at everything, beside Linux in a domain of the same
// kind. As PV both send datagrams as fast as dom0 takes them, and two runs differ by some
// percent.
var least = map[string]float64{"pv": 0.9, "pvh": 1}

// TestNetworkSpeed measures domains of domlet's and a Linux domain with the same
// program in all, on the same bridge, from dom0, in the lab whose clock counts
// instructions: two runs agree within a few percent.
func TestNetworkSpeed(t *testing.T) {
	if testing.Short() || !domtest.LongClass() {
		t.Skip("measures domains for minutes, in a lab of its own; run with DOMLET_LAB=long")
	}
	l, err := lab.Open(t.Context(), lab.Options{Kind: lab.Kind{Repeatable: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	program := put(t, l.Remote, domtest.Program(t, netpeer))
	domtest.InModes(t, func(t *testing.T, mode string) {
		var linux figures
		t.Run("linux", func(t *testing.T) { linux = linuxSpeed(t, l, program, mode) })
		own := domainSpeed(t, l, program, mode)
		for _, f := range better {
			if linux[f.name] == 0 || own[f.name] == 0 {
				continue // -run left this part out
			}
			ratio := own[f.name] / linux[f.name]
			if !f.more {
				ratio = 1 / ratio
			}
			if ratio < least[mode] {
				t.Errorf("%s: less than %.2f of what Linux does", f.name, least[mode])
			}
			t.Logf("%-32s %s %9.2f  Linux %9.2f  as good: %5.2f", f.name, mode, own[f.name], linux[f.name], ratio)
		}
	})
}

// put copies a file to where no store's age limit removes it: in this lab time flies.
func put(t *testing.T, on *lab.Remote, file string) string {
	t.Helper()
	remote := "/tmp/" + domtest.Unique()
	if err := on.Put(t.Context(), file, remote); err != nil {
		t.Fatal(err)
	}
	return remote
}

// domainSpeed measures netpeer as a domain, with as much memory as the Linux one has.
func domainSpeed(t *testing.T, l *lab.Lab, program, mode string) figures {
	t.Helper()
	tool, err := l.Mkimage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const address = "10.13.0.50"
	name := domtest.Unique()
	words := []string{tool, "run", "--tsc-mode=native", "--memory=160", "--name=" + name,
		"--type=" + mode, "--net=" + address + "/24,gateway=10.13.0.1"}
	d := domtest.Process(t, l.Remote, nil, append(words, put(t, l.Remote, domtest.Image(t, netpeer)), "--", "serve")...)
	d.Expect("serving at", 1, speedPatience)
	f := (&probe{on: l.Remote, program: program, address: address, name: name}).measure(t)
	d.Stop()
	return f
}

// linuxSpeed measures netpeer as a process of a Linux domain of the same kind. The
// domain is gone afterwards: each is measured alone.
func linuxSpeed(t *testing.T, l *lab.Lab, program, mode string) figures {
	t.Helper()
	open, name, address := l.Linux, lab.LinuxName(1), "10.13.0.2"
	if mode == "pvh" {
		open, name, address = l.LinuxPVH, lab.LinuxPVHName, "10.13.0.9"
	}
	guest, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	defer func() { output(t, l.Remote, "xl", "destroy", name) }()
	s := domtest.Process(t, guest, nil, put(t, guest, domtest.Program(t, netpeer)), "serve")
	s.Expect("serving at", 1, speedPatience)
	f := (&probe{on: l.Remote, program: program, address: address, name: name}).measure(t)
	s.Stop()
	return f
}
