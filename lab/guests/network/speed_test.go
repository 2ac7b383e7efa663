// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How fast a domain's network is, beside a Linux domain's. Host; boots domains.

package network

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
)

// flow is how many bytes a stream has that is measured.
const flow = 16 << 20

// figures are what was measured, by name.
type figures map[string]float64

// names are the figures in the order of printing, and whether more is better.
var names = []struct {
	name string
	more bool
}{
	{"TCP to the domain, Mbit/s", true},
	{"TCP from the domain, Mbit/s", true},
	{"CPU time of the domain, s/GB", false},
	{"UDP to the domain, packets/s", true},
	{"UDP from the domain, packets/s", true},
	{"HTTP, requests/s", true},
	{"HTTP, p50, us", false},
	{"HTTP, p99, us", false},
}

// probe is dom0's netpeer, which measures a guest.
type probe struct {
	t       *testing.T
	on      *lab.Remote
	program string
	address string
	name    string // of the guest
}

// run runs one measurement.
func (p *probe) run(command string, words ...string) (figure func(name string) float64) {
	p.t.Helper()
	text := output(p.t, p.on, append([]string{p.program, command}, words...)...)
	return func(name string) float64 { return float64(domtest.Figure(p.t, text, name)) }
}

// cpu is how much time of a processor the guest has used, in seconds.
func (p *probe) cpu() float64 {
	p.t.Helper()
	line := strings.Fields(output(p.t, p.on, "sh", "-c", "xl list "+p.name+" | tail -n 1"))
	v, err := strconv.ParseFloat(line[len(line)-1], 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

// measure makes all measurements.
func (p *probe) measure() figures {
	p.t.Helper()
	f, before := figures{}, p.cpu()
	for i, way := range []string{"up", "down"} {
		r := p.run(way, p.address, fmt.Sprint(flow))
		f[names[i].name] = r("bytes") * 8e3 / r("ns")
	}
	f[names[2].name] = (p.cpu() - before) / (2 * flow / 1e9)
	for i, way := range []string{"up", "down"} {
		r := p.run("datagrams", way, p.address, "64", "500ms")
		f[names[3+i].name] = r("received") * 1e9 / r("ns")
	}
	r := p.run("http", p.address, "16", "1s")
	f[names[5].name] = r("requests") * 1e9 / r("ns")
	f[names[6].name], f[names[7].name] = r("p50")/1e3, r("p99")/1e3
	return f
}

// TestNetworkSpeed measures a domain of domlet's and a Linux domain with the same
// program in both, on the same bridge, from dom0, in the lab whose clock counts
// instructions: two runs agree within a few percent.
func TestNetworkSpeed(t *testing.T) {
	domtest.NeedLab(t)
	domtest.NeedLong(t)
	l, err := lab.Open(t.Context(), lab.Options{Kind: lab.Kind{Repeatable: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	program := put(t, l.Remote, domtest.Program(t, netpeer))
	domlet := domainSpeed(t, l, program)
	linux := linuxSpeed(t, l, program)
	for _, n := range names {
		ratio := domlet[n.name] / linux[n.name]
		if !n.more {
			ratio = 1 / ratio
		}
		t.Logf("%-32s domlet %10.2f  Linux %10.2f  as good: %5.2f", n.name, domlet[n.name], linux[n.name], ratio)
	}
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
func domainSpeed(t *testing.T, l *lab.Lab, program string) figures {
	t.Helper()
	tool, err := l.Mkimage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const address = "10.13.0.50"
	name := domtest.Unique()
	words := []string{tool, "run", "--tsc-mode=native", "--memory=160", "--name=" + name, "--net=" + address + "/24,gateway=10.13.0.1"}
	if os.Getenv("DOMLET_TYPE") == "pvh" {
		words = append(words, "--type=pvh")
	}
	d := domtest.Process(t, l.Remote, nil, append(words, put(t, l.Remote, domtest.Image(t, netpeer)), "--", "serve")...)
	d.Expect("serving at", 1, speedPatience)
	p := &probe{t, l.Remote, program, address, name}
	f := p.measure()
	d.Stop()
	return f
}

// linuxSpeed measures netpeer as a process of the Linux domain.
func linuxSpeed(t *testing.T, l *lab.Lab, program string) figures {
	t.Helper()
	guest, err := l.Linux(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	s := domtest.Process(t, guest, nil, put(t, guest, domtest.Program(t, netpeer)), "serve")
	s.Expect("serving at", 1, speedPatience)
	p := &probe{t, l.Remote, program, "10.13.0.2", "domlet-linux"}
	f := p.measure()
	s.Stop()
	return f
}
