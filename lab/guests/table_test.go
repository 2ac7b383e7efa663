// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The table of domains: what each is started with and how it must end. Host only.

package guests

import (
	"fmt"

	"github.com/domlet/domlet/lab/domtest"
)

// otherRelease is the Go release that domlet supports besides the one it is
// built with.
const otherRelease = "go1.27.0"

const semantics = "./lab/guests/semantics"

// cases makes a guest that runs the named cases of semantics in one domain.
func cases(name string, memory int, words ...string) domtest.Guest {
	return domtest.Cases(name, semantics, memory, words...)
}

// ending makes a guest whose one case never returns.
func ending(word string, code int, want ...string) domtest.Guest {
	return domtest.Guest{Name: word, Pkg: semantics, Args: []string{word}, Code: code, Want: want}
}

// table lists every domain of a mode.
func table(mode string) []domtest.Guest {
	var all []domtest.Guest
	for _, part := range [][]domtest.Guest{
		programs(), groups(), vectors(mode), processors(), endings(), sizes(mode), longs(),
	} {
		all = append(all, part...)
	}
	return all
}

func programs() []domtest.Guest {
	return []domtest.Guest{
		{Name: "hello", Pkg: "./examples/hello", Memory: 8, Want: []string{"hello from a Xen domain\n"}},
		{Name: "goroutines-example", Pkg: "./examples/goroutines", Memory: 32,
			Want: []string{"0984ed0fbb2eaf88"}},
		events("events", 20_000, 2_000),
		{Name: "earlyinit", Pkg: "./lab/guests/earlyinit", Want: []string{"ok earlyinit\n"}},
		domtest.Cases("sockets", "./lab/guests/sockets", 96, "init", "stream", "stacks", "deadlines", "refused", "datagrams", "unix", "interfaces", "web", "many", "reuseport", "multicast"),
	}
}

// events makes a guest that fires events at its own vCPU: storm as fast as it
// can, idle each into an idle vCPU.
func events(name string, storm, idle int) domtest.Guest {
	words := []string{fmt.Sprintf("storm=%d", storm), fmt.Sprintf("idle=%d", idle)}
	return domtest.Guest{Name: name, Pkg: "./lab/guests/events", Memory: 16, XenOnly: true, Args: words,
		Want: []string{"ok " + words[0] + "\n", "ok " + words[1] + "\n"}}
}

func groups() []domtest.Guest {
	return []domtest.Guest{
		cases("scheduling", 64, "goroutines", "channels", "select", "locks", "sieve"),
		cases("preemption", 64, "preempt", "preemptgc", "parallelloops"),
		cases("timers", 64, "timers", "timeridle", "timeoutstorm"),
		domtest.OnXen(cases("idle", 16, "idle=5")),
		cases("storms", 64, "timerstorm", "breakstorm"),
		cases("clock", 64, "monotonic", "wallclock", "clockcalls"),
		cases("collector", 64, "gc", "gcparallel", "finalizers"),
		cases("memory", 64, "zeroed", "scavenge", "largeobjects", "mapgrowth"),
		cases("traps", 64, "nil", "nilparallel", "divide", "divideparallel", "panicfault", "protection", "readonly", "panics"),
		cases("floats", 64, "xmm", "floatloops", "direction", "mxcsr"),
		cases("stacks", 64, "stackgrowth=8", "stackmany"),
		cases("threads", 64, "threads", "threadexit", "threadtimers"),
		cases("files", 64, "pipes", "pipedeadlines", "pipestorm", "posixstack", "devices", "absent"),
		domtest.LongAsPVH(cases("randomness", 64, "randombits")),
	}
}

func endings() []domtest.Guest {
	return []domtest.Guest{
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

func sizes(mode string) []domtest.Guest {
	tooLarge := domtest.OnXen(ending("exhaustheap", 2, "exhausting the heap\n", outOfMemory))
	tooDeep := domtest.OnXen(ending("exhauststack", 2, "exhausting memory with one stack\n", outOfMemory))
	tooMany := domtest.OnXen(ending("exhaustthreads", 2, "exhausting memory with threads\n", outOfMemory))
	tooWide := domtest.OnXen(ending("exhausttables", 2, "exhausting memory with page tables\n",
		outOfMemory+"4 KiB wanted for the page table of a page that was touched for the first time"))
	tooLarge.Memory, tooDeep.Memory, tooMany.Memory, tooWide.Memory = 32, 32, 16, 16
	return []domtest.Guest{
		{Name: "hello-smallest", Pkg: "./examples/hello", Memory: smallest[mode], Want: []string{"hello from a Xen domain\n"}},
		cases("fragmented", 64, "fragmented"),
		{Name: "tlslink", Pkg: "./lab/guests/tlslink", Memory: 16, Want: []string{"ok tlslink\n"}},
		{Name: "live48", Pkg: semantics, Args: []string{"live=48"}, Memory: 64,
			Want: []string{"live_mib=48\n", "ok live\n"}},
		{Name: "bigbss", Pkg: "./lab/guests/bigbss", Args: []string{"8"}, Memory: 32,
			Want: []string{"ok bigbss\n"}, XenOnly: true},
		{Name: "bigbss-exhausted", Pkg: "./lab/guests/bigbss", Args: []string{"64"}, Memory: 32, Code: 2,
			Want: []string{"touching 64 MiB\n", outOfMemory}, XenOnly: true},
		tooLarge, tooDeep, tooMany, tooWide,
	}
}

func longs() []domtest.Guest {
	deep := cases("stackgrowth-large", 256, "stackgrowth=64")
	return []domtest.Guest{
		domtest.LongRun(deep),
		domtest.LongRun(cases("timerstorm-million", 64, "timerstorm=1000000")),
		domtest.LongRun(events("events-million", 1_000_000, 1_000_000)),
		domtest.LongRun(cases("pipestorm-million", 64, "pipestorm=1000000")),
		domtest.LongRun(cases("breakstorm-long", 64, "breakstorm=100000")),
		domtest.LongRun(cases("gc-long", 64, "gc=1000")),
	}
}
