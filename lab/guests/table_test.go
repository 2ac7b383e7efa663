// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The table of domains: what each is started with and how it must end. Host only.

package guests

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// A guest is one domain to boot and what must come of it.
type guest struct {
	name string
	// mode is the way the domain begins, "pv" if empty.
	mode string
	// pkg is the main package, from the top of the repository.
	pkg  string
	args []string
	// env are NAME=VALUE pairs for the program.
	env []string
	// params are NAME=VALUE pairs for the kernel.
	params []string
	// limits are NAME=NUMBER pairs of xl's configuration.
	limits []string
	// toolchain is the Go release to build with, empty for the installed one.
	toolchain string
	// memory is in MiB; 0 means 64.
	memory int
	// vcpus is how many there are; 0 means one.
	vcpus int
	// smp is how many processors the lab has; 0 means one.
	smp int
	// code is the exit code that mkimage run must end with.
	code int
	// want are texts that standard output must hold, in this order.
	want []string
	// within bounds the whole run; 0 means two minutes.
	within time.Duration
	// long guests run only when DOMLET_LAB is long.
	long bool
	// longAs is the mode in which the guest is a long one, because it takes so
	// much more time there.
	longAs string
	// xenOnly guests say something about domlet, not about Go: Linux would fail them.
	xenOnly bool
}

// modes are the ways a domain can begin. DOMLET_TYPE, one or more of them with
// commas, asks for others than the usual.
func modes() []string {
	if asked := os.Getenv("DOMLET_TYPE"); asked != "" {
		return strings.Split(asked, ",")
	}
	return []string{"pv", "pvh"}
}

// otherRelease is the Go release that domlet supports besides the one it is
// built with.
const otherRelease = "go1.27.0"

const semantics = "./lab/guests/semantics"

// cases makes a guest that runs the named cases of semantics in one domain.
func cases(name string, memory int, words ...string) guest {
	g := guest{name: name, pkg: semantics, args: words, memory: memory}
	for _, word := range words {
		one, _, _ := strings.Cut(word, "=")
		g.want = append(g.want, "ok "+one+"\n")
	}
	return g
}

// ending makes a guest whose one case never returns.
func ending(word string, code int, want ...string) guest {
	return guest{name: word, pkg: semantics, args: []string{word}, code: code, want: want}
}

// onXen marks a guest that Linux would fail.
func onXen(g guest) guest {
	g.xenOnly = true
	return g
}

// in gives a guest its mode.
func (g guest) in(mode string) guest {
	g.mode = mode
	return g
}

// longAsPVH marks a guest that is a long one as PVH.
func longAsPVH(g guest) guest {
	g.longAs = "pvh"
	return g
}

// longRun marks a guest that takes minutes.
func longRun(g guest) guest {
	g.long, g.within = true, 20*time.Minute
	return g
}

// table lists every domain of a mode.
func table(mode string) []guest {
	var all []guest
	for _, part := range [][]guest{
		programs(), groups(), vectors(mode), processors(), endings(), protections(mode), sizes(mode),
		channels(), grantTables(mode), xenstores(),
		longs(),
	} {
		all = append(all, part...)
	}
	return all
}

func programs() []guest {
	return []guest{
		{name: "hello", pkg: "./examples/hello", memory: 8, want: []string{"hello from a Xen domain\n"}},
		{name: "goroutines-example", pkg: "./examples/goroutines", memory: 32,
			want: []string{"0984ed0fbb2eaf88"}},
		events("events", 20_000, 2_000),
		{name: "earlyinit", pkg: "./lab/guests/earlyinit", want: []string{"ok earlyinit\n"}},
		sockets("init", "stream", "deadlines", "refused", "datagrams", "unix", "interfaces", "web", "many"),
	}
}

// sockets makes a guest that runs cases of package net over loopback.
func sockets(words ...string) guest {
	g := guest{name: "sockets", pkg: "./lab/guests/sockets", args: words, memory: 96}
	for _, word := range words {
		g.want = append(g.want, "ok "+word+"\n")
	}
	return g
}

// events makes a guest that fires events at its own vCPU: storm as fast as it
// can, idle each into an idle vCPU.
func events(name string, storm, idle int) guest {
	words := []string{fmt.Sprintf("storm=%d", storm), fmt.Sprintf("idle=%d", idle)}
	return guest{name: name, pkg: "./lab/guests/events", memory: 16, xenOnly: true, args: words,
		want: []string{"ok " + words[0] + "\n", "ok " + words[1] + "\n"}}
}

func groups() []guest {
	return []guest{
		cases("scheduling", 64, "goroutines", "channels", "select", "locks", "sieve"),
		cases("preemption", 64, "preempt", "preemptgc", "parallelloops"),
		cases("timers", 64, "timers", "timeridle", "timeoutstorm"),
		onXen(cases("idle", 16, "idle=5")),
		cases("storms", 64, "timerstorm", "breakstorm"),
		cases("clock", 64, "monotonic", "wallclock", "clockcalls"),
		cases("collector", 64, "gc", "gcparallel", "finalizers"),
		cases("memory", 64, "zeroed", "scavenge", "largeobjects", "mapgrowth"),
		cases("traps", 64, "nil", "nilparallel", "divide", "divideparallel", "panicfault", "protection", "panics"),
		cases("floats", 64, "xmm", "floatloops", "direction", "mxcsr"),
		cases("stacks", 64, "stackgrowth=8", "stackmany"),
		cases("threads", 64, "threads", "threadexit", "threadtimers"),
		cases("files", 64, "pipes", "pipedeadlines", "pipestorm", "posixstack", "devices", "absent"),
		longAsPVH(cases("randomness", 64, "randombits")),
	}
}

func endings() []guest {
	return []guest{
		ending("exit=0", 0), ending("exit=7", 7), ending("exit=255", 255), ending("exit=-1", 255), ending("exit=256", 0),
		ending("panic", 2, "panic: nobody recovers from this\n", "goroutine 1 [running]:\n",
			"main.unrecovered(", "[select (no cases)]:\n", "main.parkedHere("),
		ending("nilpanic", 2, "panic: runtime error: invalid memory address or nil pointer dereference\n",
			"[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x", "main.nilRead("),
		ending("goexit", 2, "fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n"),
		ending("deadlock", 2, "fatal error: all goroutines are asleep - deadlock!\n",
			"goroutine 1 [chan receive]:\n", "main.deadlock("),
		ending("stackoverflow", 2, "goroutine stack exceeds 4194304-byte limit\n",
			"fatal error: stack overflow\n", "main.overflow("),
		ending("mapwrite", 2, "fatal error: concurrent map writes\n"),
		ending("unlock", 2, "fatal error: sync: unlock of unlocked mutex\n"),
	}
}

// outOfMemory begins the line that ends a domain whose memory is exhausted.
const outOfMemory = "domlet: out of memory: "

// smallest is the memory in MiB that hello needs at the least. A PVH domain's
// memory begins at address 0, and the image lies at 4 MiB.
var smallest = map[string]int{"pv": 4, "pvh": 7}

func sizes(mode string) []guest {
	tooLarge := onXen(ending("exhaustheap", 2, "exhausting the heap\n", outOfMemory))
	tooDeep := onXen(ending("exhauststack", 2, "exhausting memory with one stack\n", outOfMemory))
	tooMany := onXen(ending("exhaustthreads", 2, "exhausting memory with threads\n", outOfMemory))
	tooWide := onXen(ending("exhausttables", 2, "exhausting memory with page tables\n",
		outOfMemory+"4 KiB wanted for the page table of a page that was touched for the first time"))
	tooLarge.memory, tooDeep.memory, tooMany.memory, tooWide.memory = 32, 32, 16, 16
	return []guest{
		{name: "hello-smallest", pkg: "./examples/hello", memory: smallest[mode], want: []string{"hello from a Xen domain\n"}},
		{name: "tlslink", pkg: "./lab/guests/tlslink", memory: 16, want: []string{"ok tlslink\n"}},
		{name: "live48", pkg: semantics, args: []string{"live=48"}, memory: 64,
			want: []string{"live_mib=48\n", "ok live\n"}},
		{name: "bigbss", pkg: "./lab/guests/bigbss", args: []string{"8"}, memory: 32,
			want: []string{"ok bigbss\n"}, xenOnly: true},
		{name: "bigbss-exhausted", pkg: "./lab/guests/bigbss", args: []string{"64"}, memory: 32, code: 2,
			want: []string{"touching 64 MiB\n", outOfMemory}, xenOnly: true},
		tooLarge, tooDeep, tooMany, tooWide,
	}
}

func longs() []guest {
	deep := cases("stackgrowth-large", 256, "stackgrowth=64")
	return []guest{
		longRun(deep),
		longRun(cases("timerstorm-million", 64, "timerstorm=1000000")),
		longRun(events("events-million", 1_000_000, 1_000_000)),
		longRun(cases("pipestorm-million", 64, "pipestorm=1000000")),
		longRun(cases("breakstorm-long", 64, "breakstorm=100000")),
		longRun(cases("gc-long", 64, "gc=1000")),
	}
}
