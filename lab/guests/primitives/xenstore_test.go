// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Xenstore: a program's client of it in a domain, in dom0 and in a Linux guest,
// and the exit code that a domain leaves there. Host; boots domains.

package primitives

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/labtest"

	"github.com/domlet/domlet/lab/domtest"
)

const xenstorePackage = "./lab/guests/xenstore"

// xenstoreCases makes a guest that runs cases of the program xenstore.
func xenstoreCases(name string, words ...string) domtest.Guest {
	g := domtest.Guest{Name: name, Pkg: xenstorePackage, Args: words, Memory: 32, XenOnly: true}
	for _, word := range words {
		g.Want = append(g.Want, "ok "+word+"\n")
	}
	return g
}

// xenstores are the domains that use xenstore. xenstored's quotas are not exact:
// Debian's lets a domain have one watch and one transaction more than it says; as
// many goroutines as conflict have one each.
func xenstores() []domtest.Guest {
	asleep := xenstoreCases("xenstore-deadlock", "deadlock")
	asleep.Code, asleep.Want = 2, []string{"fatal error: all goroutines are asleep - deadlock!\n", "main.deadlock("}
	many := xenstoreCases("xenstore-2-vcpus", "goroutines=64", "conflicts=4", "outstanding=60")
	many.VCPUs, many.LongAs = 2, "pvh"
	return []domtest.Guest{
		xenstoreCases("xenstore", "basic", "goroutines=64", "conflicts=4", "outstanding=60", "latency=50"),
		domtest.LongAsPVH(xenstoreCases("xenstore-quotas", "size", "permissions", "transactions", "nodes", "watches")),
		asleep, many,
		domtest.LongRun(xenstoreCases("xenstore-long", "goroutines=512", "conflicts=8", "outstanding=5000", "latency=5000")),
	}
}

// inLinux runs the xenstore program in a Linux system of the lab.
func inLinux(t *testing.T, r *lab.Remote, words ...string) {
	t.Helper()
	remote := fmt.Sprintf("/tmp/xenstore-%d", time.Now().UnixNano())
	if err := r.Put(t.Context(), domtest.Program(t, xenstorePackage), remote); err != nil {
		t.Fatal(err)
	}
	defer r.Output(t.Context(), "rm", "-f", remote)
	out, err := r.Output(t.Context(), append([]string{remote}, words...)...)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, word := range words {
		if !strings.Contains(out, "ok "+word+"\n") {
			t.Errorf("no %q in:\n%s", "ok "+word, out)
		}
	}
}

// In dom0, by xenstored's socket; only there can a directory be long.
func TestXenstoreInDom0(t *testing.T) {
	inLinux(t, labtest.Need(t).Remote, "basic", "goroutines=64", "conflicts=4", "directory", "latency=50")
}

// In a Linux guest, by its kernel's device.
func TestXenstoreInLinuxGuest(t *testing.T) {
	domtest.NeedLong(t)
	linux, err := labtest.Need(t).Linux(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer linux.Close()
	inLinux(t, linux, "basic", "goroutines=64", "conflicts=4", "latency=50", "size", "transactions", "nodes")
}

// TestStoppedXenstored stops xenstored until callers have given up and a goroutine
// that does not use it has gone on, as often as the domain wants to see; afterwards
// all goes on. It runs beside no other test, as nothing can be created meanwhile.
func TestStoppedXenstored(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		d := domtest.Domain(t, mode, xenstorePackage, "stopped=50")
		d.Expect("xenstored answers\n", 1, 2*time.Minute)
		defer domtest.Dom0(t, "sh", "-c", "kill -CONT $(pidof xenstored)") // whatever becomes of the test
		domtest.Dom0(t, "sh", "-c", "kill -STOP $(pidof xenstored)")
		d.Expect("calls were given up, all else went on\n", 1, 2*time.Minute)
		domtest.Dom0(t, "sh", "-c", "kill -CONT $(pidof xenstored)")
		d.Succeed()
	})
}

// kept runs a domain that stays after its end, and a script in dom0 while it
// runs, which has its number as $id; then it returns what the script printed.
func kept(t *testing.T, mode string, vcpus int, args, script string) string {
	t.Helper()
	l := labtest.Need(t)
	remote, err := l.Store(t.Context(), domtest.Image(t, xenstorePackage))
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("kept-%d", time.Now().UnixNano())
	config := fmt.Sprintf("name=%q\ntype=%q\nkernel=%q\nextra=%q\nmemory=32\nvcpus=%d\non_poweroff=\"preserve\"\non_crash=\"preserve\"\n",
		name, mode, remote, "-- "+args, vcpus)
	path := "/tmp/" + name + ".cfg"
	if err := l.PutFrom(t.Context(), strings.NewReader(config), path, "", 0o600); err != nil {
		t.Fatal(err)
	}
	defer l.Output(t.Context(), "sh", "-c", "xl destroy "+name+"; rm -f "+path)
	const wait = `xl create -q "$2" && id=$(xl domid "$1") || exit 1
down() { xl list -v $id | grep -q " ---s[c-]- "; }
awaitDown() { for i in $(seq 1200); do down && return; sleep 0.1; done; echo "still up"; exit 1; }
`
	out, err := l.Output(t.Context(), "sh", "-c", wait+script, "sh", name, path)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return out
}

// What a domain ends with is in xenstore when it is down.
func TestExitInXenstore(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		for args, want := range map[string]string{"leave=1": "3\n", "deadlock": "panic\n"} {
			if got := kept(t, mode, 1, args, "awaitDown; xenstore-read /local/domain/$id/data/domlet/exit"); got != want {
				t.Errorf("%s: exit code %q in xenstore, want %q", args, got, want)
			}
		}
	})
}

// TestExitMidway: the code is there too when the program was in the middle of a
// request, waiting for room in the ring or, on another vCPU, writing.
func TestExitMidway(t *testing.T) {
	domtest.NeedLab(t)
	const script = "awaitDown; xenstore-read /local/domain/$id/data/domlet/exit || cat /var/log/xen/console/guest-$1.log"
	rounds := 3
	if domtest.LongClass() {
		rounds = 20
	}
	domtest.InModes(t, func(t *testing.T, mode string) {
		for _, vcpus := range []int{1, 2} {
			for range rounds {
				if got := kept(t, mode, vcpus, "midway=8", script); got != "3\n" {
					t.Errorf("%d vCPUs: exit code %q in xenstore", vcpus, got)
				}
			}
		}
	})
}

// A domain whose xenstored is stopped ends all the same, in a time that is
// bounded. xl cannot say so then: the last hypercall of the domain does, whose
// first argument is 2 (SCHEDOP_shutdown). Twenty seconds are for a slow lab; the
// kernel waits for a quarter of one.
func TestExitWhileXenstoredIsStopped(t *testing.T) {
	domtest.NeedLab(t)
	const script = `log=/var/log/xen/console/guest-$1.log
until grep -q leaving $log 2>/dev/null; do sleep 0.05; done
kill -STOP $(pidof xenstored)
(sleep 60; kill -CONT $(pidof xenstored)) >/dev/null 2>&1 & # whatever becomes of this script
until grep -q "domlet: exit 3" $log; do sleep 0.05; done
for i in $(seq 200); do
	now=$(/usr/lib/xen-*/bin/xenctx $id 0 2>/dev/null | grep -o "rdi: 0*2$") && break
	sleep 0.1
done
kill -CONT $(pidof xenstored)
echo "$now"
xenstore-read /local/domain/$id/data/domlet/exit`
	out := kept(t, "pv", 1, "leave=2000", script)
	if !strings.Contains(out, "rdi: ") || !strings.HasSuffix(out, "\n3\n") {
		t.Errorf("the domain did not end while xenstored was stopped, or left no exit code behind:\n%s", out)
	}
}
