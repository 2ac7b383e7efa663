// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a domain says of itself, compared with something outside it: dom0, another
// domain, the caller. Host; boots domains.

package guests

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The tests of this file compare what a domain says of itself with something
// outside it: dom0, another domain, or the caller.

// dom0 runs a command in the lab's dom0 and returns what it printed.
func dom0(t *testing.T, command ...string) string {
	t.Helper()
	r := run(t, time.Minute, mkimage(t), append([]string{"lab", "sh", "--"}, command...)...)
	if r.code != 0 {
		t.Fatalf("%s in dom0 ended with code %d\n%s", strings.Join(command, " "), r.code, r.tail())
	}
	return r.stdout
}

// figure finds NAME=NUMBER in a text.
func figure(t *testing.T, text, name string) int64 {
	t.Helper()
	found := regexp.MustCompile(name + `=(-?\d+)`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no figure %s in:\n%s", name, ends(text))
	}
	n, err := strconv.ParseInt(found[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSleepLateness compares the median lateness of a 50 µs sleep with that of
// the same program as a Linux process in dom0. A long test: it compares times,
// which a machine that does something else makes meaningless.
func TestSleepLateness(t *testing.T) {
	needLab(t)
	needLong(t)
	plain := program(t, semantics)
	remote := "/tmp/" + filepath.Base(scratch)
	if r := run(t, time.Minute, mkimage(t), "lab", "cp", plain, "dom0:"+remote); r.code != 0 {
		t.Fatal(r.tail())
	}
	defer dom0(t, "rm", "-f", remote)
	linux := figure(t, dom0(t, remote, "sleep50"), "median_ns")
	inModes(t, func(t *testing.T, mode string) {
		g := cases("sleep50", 64, "sleep50").in(mode)
		r := boot(t, g)
		check(t, g, r)
		domain := figure(t, r.stdout, "median_ns")
		t.Logf("median lateness of a sleep of 50 µs: domain %d ns, dom0 %d ns", domain, linux)
		if domain > 2*linux {
			t.Errorf("a domain's sleep is %d ns late, more than twice dom0's %d ns", domain, linux)
		}
	})
}

// TestWallClock brackets a domain's reading of the wall clock with two of dom0,
// whose clock is read in whole seconds.
func TestWallClock(t *testing.T) {
	needLab(t)
	inModes(t, testWallClock)
}

func testWallClock(t *testing.T, mode string) {
	g := cases("printclock", 64, "printclock").in(mode)
	before := dom0Seconds(t)
	r := boot(t, g)
	after := dom0Seconds(t)
	wall := figure(t, r.stdout, "wall_ns") / int64(time.Second)
	if wall < before-1 || wall > after+1 {
		t.Errorf("the domain read %d s, dom0 %d s before and %d s after", wall, before, after)
	}
}

func dom0Seconds(t *testing.T) int64 {
	t.Helper()
	return figure(t, "now="+dom0(t, "date", "+%s"), "now")
}

// TestDomainsDiffer boots one image twice: nothing random may come twice.
func TestDomainsDiffer(t *testing.T) {
	needLab(t)
	inModes(t, testDomainsDiffer)
}

func testDomainsDiffer(t *testing.T, mode string) {
	g := cases("random", 64, "random").in(mode)
	first, second := boot(t, g), boot(t, g)
	check(t, g, first)
	check(t, g, second)
	for line := range strings.Lines(first.stdout) {
		if strings.Contains(line, "=") && strings.Contains(second.stdout, line) {
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
	needLab(t)
	inFirstMode(t, testFlood)
}

func testFlood(t *testing.T, mode string) {
	size := 1 << 20
	if longClass() {
		size = 20_000_000
	}
	g := cases("flood", 64, fmt.Sprintf("flood=%d", size)).in(mode)
	g.within = 10 * time.Minute
	r := boot(t, g)
	check(t, g, r)
	if sha256.Sum256([]byte(r.stdout)) != floodSum(size) {
		t.Errorf("%d bytes arrived, not those that were sent\n%s", len(r.stdout), r.tail())
	}
	t.Logf("%d bytes in %v", len(r.stdout), r.took.Round(time.Millisecond))
}

// TestStoppedConsole stops dom0's console daemon for a second, half of what the
// kernel waits for: the writer must wait, and everybody else must not. It runs
// beside no other test.
func TestStoppedConsole(t *testing.T) {
	needLab(t)
	inFirstMode(t, testStoppedConsole)
}

func testStoppedConsole(t *testing.T, mode string) {
	g := cases("ticker", 64, "ticker=5").in(mode)
	r := bootStopping(t, g, "1")
	check(t, g, r)
	if longest := figure(t, r.stdout, "longest_ms"); longest > 1000 {
		t.Errorf("a goroutine that never writes paused for %d ms", longest)
	}
}

// bootStopping boots a guest and stops dom0's console daemon for some seconds
// once the guest has printed something.
func bootStopping(t *testing.T, g guest, seconds string) result {
	console := &begun{first: make(chan struct{})}
	done := make(chan result, 1)
	go func() { done <- bootInto(t, console, g) }()
	select {
	case <-console.first:
	case r := <-done:
		t.Fatalf("the guest ended without a word\n%s", r.tail())
	}
	dom0(t, "sh", "-c", "kill -STOP $(pidof xenconsoled); sleep "+seconds+"; kill -CONT $(pidof xenconsoled)")
	return <-done
}

// TestDroppedOutputIsSaid stops the console daemon for longer than a write waits
// for it. The program writes nothing more: the domain's last words say how much
// was dropped.
func TestDroppedOutputIsSaid(t *testing.T) {
	needLab(t)
	inFirstMode(t, func(t *testing.T, mode string) {
		g := onXen(cases("lines", 64, "lines=20")).in(mode)
		g.want = []string{"to read\n"}
		r := bootStopping(t, g, "6")
		check(t, g, r)
		if n := figure(t, strings.ReplaceAll(r.stdout, "domlet: console: ", "dropped="), "dropped"); n < 1 {
			t.Errorf("%d bytes were dropped", n)
		}
		if !strings.HasSuffix(r.stdout, " bytes dropped: nobody read them\n") {
			t.Errorf("the loss is not said last\n%s", r.tail())
		}
	})
}
