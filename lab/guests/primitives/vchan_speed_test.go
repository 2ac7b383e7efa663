// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How fast vchans are, beside the C library's; what grants cost, beside Linux's. Host;
// boots domains.

package primitives

import (
	"strconv"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab"

	"github.com/domlet/domlet/lab/domtest"
)

// speeds are what is measured: throughput with rings of each size, both ways, and the
// round trip of 64 bytes. The domain listens.
func speeds() []job {
	var jobs []job
	for _, ring := range []int{4 << 10, 64 << 10, 1 << 20} {
		for _, mode := range []string{"push", "pull"} {
			jobs = append(jobs, job{"listen", mode, "data/vchan/s/" + domtest.Unique(), ring, min(512*ring, 64<<20)})
		}
	}
	return append(jobs, job{"listen", "pong", "data/vchan/s/" + domtest.Unique(), 4096, 2000})
}

// figures are what was measured, by job.
type figures map[job]float64

// read finds the figure in what the end that measures has printed.
func (f figures) read(t *testing.T, j job, text string) {
	t.Helper()
	name := "throughput"
	if j.mode == "pong" {
		name = "round trip p50"
	}
	_, rest, found := strings.Cut(text, name+" ")
	number, _, _ := strings.Cut(rest, " ")
	value, err := strconv.ParseFloat(number, 64)
	if !found || err != nil {
		t.Fatalf("no %s of %+v in:\n%s", name, j, domtest.Ends(text))
	}
	j.path = ""
	f[j] = value
}

// TestVchanSpeed compares a domain of domlet's with a Linux domain that uses the C
// library, both against the C library in dom0, and also domlet at both ends with the C
// library at both ends. The lab's clock counts instructions: two runs agree within a few
// percent, and so much worse than the last the others may be.
func TestVchanSpeed(t *testing.T) {
	domtest.NeedLab(t)
	domtest.NeedLong(t)
	l := domtest.Repeatable(t)
	peer, own := domtest.Keep(t, l, cPeer(t)), domtest.Keep(t, l, domtest.Program(t, vpeer))
	domlet := domainSpeeds(t, l, peer)
	twice := domainSpeeds(t, l, own)
	c := linuxSpeeds(t, l, peer)
	for j, want := range c {
		t.Logf("ring %7d %s: domlet and C %10.2f, domlet twice %10.2f, C twice %10.2f", j.ring, j.mode, domlet[j], twice[j], want)
		mustNotBeSlower(t, j, "domlet in a domain", domlet[j], want)
		mustNotBeSlower(t, j, "domlet at both ends", twice[j], want)
	}
}

// mustNotBeSlower compares a figure with the C library's.
func mustNotBeSlower(t *testing.T, j job, what string, got, want float64) {
	t.Helper()
	slower := want / got
	if j.mode == "pong" {
		slower = got / want
	}
	if slower > 1.05 {
		t.Errorf("ring %d, %s: %s is slower than the C library by a factor of %.2f", j.ring, j.mode, what, slower)
	}
}

// domainSpeeds measures a domain of domlet's, with peer at the other end.
func domainSpeeds(t *testing.T, l *lab.Lab, peer string) figures {
	t.Helper()
	jobs, name := speeds(), domtest.Unique()
	d := domtest.DomainOf(t, l, "pv", name, nil, vpeer, jobWords(jobs)...)
	id := domtest.Number(t, l.Remote, name, nil)
	f := figures{}
	for _, j := range jobs {
		other := j.counterpart()
		other.path = home(id, j.path)
		text := domtest.Process(t, l.Remote, nil, append([]string{peer}, other.words(id)...)...).Succeed()
		if j.mode != "push" {
			f.read(t, j, text)
		}
	}
	text := d.Succeed()
	for _, j := range jobs {
		if j.mode == "push" {
			_, text, _ = strings.Cut(text, "throughput")
			f.read(t, j, "throughput"+text)
		}
	}
	return f
}

// linuxSpeeds measures a process of the lab's Linux domain.
func linuxSpeeds(t *testing.T, l *lab.Lab, peer string) figures {
	t.Helper()
	guest, err := l.Linux(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer guest.Close()
	remote := "/tmp/" + domtest.Unique()
	if err := guest.Put(t.Context(), cPeer(t), remote); err != nil {
		t.Fatal(err)
	}
	id := domtest.Number(t, l.Remote, "domlet-linux", nil)
	f := figures{}
	for _, j := range speeds() {
		j.path = home(id, j.path)
		d := domtest.Process(t, guest, nil, append([]string{remote}, j.words("0")...)...)
		p := domtest.Process(t, l.Remote, nil, append([]string{peer}, j.counterpart().words(id)...)...)
		text := p.Succeed()
		if own := d.Succeed(); j.mode == "push" {
			text = own
		}
		f.read(t, j, text)
	}
	return f
}

// TestGrantSpeed compares what calls on granted pages cost a domain with what they
// cost a process in dom0.
func TestGrantSpeed(t *testing.T) {
	domtest.NeedLab(t)
	domtest.NeedLong(t)
	l := domtest.Repeatable(t)
	linux := domtest.Process(t, l.Remote, nil, domtest.Keep(t, l, domtest.Program(t, grantsProgram)), "cost=map").Succeed()
	pv := domtest.DomainOf(t, l, "pv", domtest.Unique(), nil, grantsProgram, "cost=map").Succeed()
	pvh := domtest.DomainOf(t, l, "pvh", domtest.Unique(), nil, grantsProgram, "cost=nomap").Succeed()
	for _, name := range []string{"share_ns", "copy_ns", "copy-of-32_ns", "map_ns"} {
		process, domain := domtest.Figure(t, linux, name), domtest.Figure(t, pv, name)
		t.Logf("%-14s dom0 %6d, PV %6d", name, process, domain)
		if domain > process {
			t.Errorf("%s costs a PV domain more than a process in dom0", name)
		}
		if name != "map_ns" {
			t.Logf("%-14s PVH %6d", name, domtest.Figure(t, pvh, name))
		}
	}
}
