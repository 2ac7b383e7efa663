// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a domain says of itself, compared with something outside it: dom0, another
// domain, the caller. Host; boots domains.

package outside

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

const semantics = "./lab/guests/semantics"

// one makes a guest that runs one case of semantics.
func one(mode, word string) domtest.Guest {
	name, _, _ := strings.Cut(word, "=")
	return domtest.Cases(name, semantics, 64, word).In(mode)
}

// TestSleepLateness compares the median lateness of a 50 µs sleep with that of
// the same program as a Linux process in dom0. A long test: it compares times,
// which a machine that does something else makes meaningless.
func TestSleepLateness(t *testing.T) {
	domtest.NeedLab(t)
	domtest.NeedLong(t)
	remote := domtest.InDom0(t, semantics)
	linux := domtest.Figure(t, domtest.Dom0(t, remote, "sleep50"), "median_ns")
	domtest.InModes(t, func(t *testing.T, mode string) {
		g := one(mode, "sleep50")
		r := domtest.Boot(t, g)
		domtest.Check(t, g, r)
		domain := domtest.Figure(t, r.Stdout, "median_ns")
		t.Logf("median lateness of a sleep of 50 µs: domain %d ns, dom0 %d ns", domain, linux)
		if domain > 2*linux {
			t.Errorf("a domain's sleep is %d ns late, more than twice dom0's %d ns", domain, linux)
		}
	})
}

// TestWallClock brackets a domain's reading of the wall clock with two of dom0,
// whose clock is read in whole seconds.
func TestWallClock(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, testWallClock)
}

func testWallClock(t *testing.T, mode string) {
	g := one(mode, "printclock")
	before := dom0Seconds(t)
	r := domtest.Boot(t, g)
	after := dom0Seconds(t)
	wall := domtest.Figure(t, r.Stdout, "wall_ns") / int64(time.Second)
	if wall < before-1 || wall > after+1 {
		t.Errorf("the domain read %d s, dom0 %d s before and %d s after", wall, before, after)
	}
}

func dom0Seconds(t *testing.T) int64 {
	t.Helper()
	return domtest.Figure(t, "now="+domtest.Dom0(t, "date", "+%s"), "now")
}

// TestDomainsDiffer boots one image twice: nothing random may come twice.
func TestDomainsDiffer(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, testDomainsDiffer)
}

func testDomainsDiffer(t *testing.T, mode string) {
	g := one(mode, "random")
	first, second := domtest.Boot(t, g), domtest.Boot(t, g)
	domtest.Check(t, g, first)
	domtest.Check(t, g, second)
	for line := range strings.Lines(first.Stdout) {
		if strings.Contains(line, "=") && strings.Contains(second.Stdout, line) {
			t.Errorf("two domains from one image both print %s", line)
		}
	}
}

// floodSum is the SHA-256 of what the case flood prints for a size, its own
// "ok" line included.
func floodSum(size int) [32]byte {
	h := sha256.New()
	for line := range size / 64 {
		fmt.Fprintf(h, "%010d %s\n", line, strings.Repeat(string(rune('a'+line%26)), 52))
	}
	fmt.Fprintln(h, "ok flood")
	return [32]byte(h.Sum(nil))
}

// TestFlood wants every byte of much output, in order and once.
func TestFlood(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, testFlood)
}

func testFlood(t *testing.T, mode string) {
	size := 1 << 20
	if domtest.LongClass() {
		size = 20_000_000
	}
	g := one(mode, fmt.Sprintf("flood=%d", size))
	g.Within = 10 * time.Minute
	r := domtest.Boot(t, g)
	domtest.Check(t, g, r)
	if sha256.Sum256([]byte(r.Stdout)) != floodSum(size) {
		t.Errorf("%d bytes arrived, not those that were sent\n%s", len(r.Stdout), r.Tail())
	}
	t.Logf("%d bytes in %v", len(r.Stdout), r.Took.Round(time.Millisecond))
}

// TestStoppedConsole stops dom0's console daemon for less than the two seconds that
// the kernel waits: the writer must wait, and everybody else must not. The guest
// counts how often another goroutine got to run meanwhile, and ends when that was
// often enough. It runs beside no other test.
func TestStoppedConsole(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, testStoppedConsole)
}

func testStoppedConsole(t *testing.T, mode string) {
	g := one(mode, "ticker=25")
	domtest.Check(t, g, bootStopping(t, g, "1.5"))
}

// bootStopping boots a guest and stops dom0's console daemon for some seconds
// once the guest has printed something.
func bootStopping(t *testing.T, g domtest.Guest, seconds string) domtest.Result {
	console := &begun{first: make(chan struct{})}
	done := make(chan domtest.Result, 1)
	go func() { done <- domtest.BootInto(t, console, g) }()
	select {
	case <-console.first:
	case r := <-done:
		t.Fatalf("the guest ended without a word\n%s", r.Tail())
	}
	domtest.Dom0(t, "sh", "-c", "kill -STOP $(pidof xenconsoled); sleep "+seconds+"; kill -CONT $(pidof xenconsoled)")
	return <-done
}

// TestDroppedOutputIsSaid stops the console daemon for longer than a write waits
// for it. The program writes nothing more: the domain's last words say how much
// was dropped.
func TestDroppedOutputIsSaid(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		g := domtest.OnXen(one(mode, "lines=100"))
		g.Want = []string{"to read\n"}
		r := bootStopping(t, g, "6")
		domtest.Check(t, g, r)
		if n := domtest.Figure(t, strings.ReplaceAll(r.Stdout, "domlet: console: ", " dropped="), "dropped"); n < 1 {
			t.Errorf("%d bytes were dropped", n)
		}
		if !strings.HasSuffix(r.Stdout, " bytes dropped: nobody read them\n") {
			t.Errorf("the loss is not said last\n%s", r.Tail())
		}
	})
}

// begun is an output that tells when the first of it came.
type begun struct {
	text  bytes.Buffer
	first chan struct{} // closed then
}

func (b *begun) Write(p []byte) (int, error) {
	if b.text.Len() == 0 && len(p) > 0 {
		close(b.first)
	}
	return b.text.Write(p)
}

func (b *begun) String() string { return b.text.String() }
