// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The table of cases. In a domain and on Linux, as all of this program.

package main

// testCase is one property of a domain.
type testCase struct {
	name string
	// run returns nil when the property holds. arg is what stood after "=".
	run func(arg string) error
}

// cases lists every property. It is a function, not a variable, so that nothing
// here depends on the order of package initialization.
func cases() []testCase {
	var all []testCase
	for _, list := range [][]testCase{
		scheduling(), timing(), memory(), traps(), floats(), stacks(),
		threads(), processorCases(), files(), randomness(), output(), crashes(),
	} {
		all = append(all, list...)
	}
	return all
}

func scheduling() []testCase {
	return []testCase{
		{"goroutines", goroutines},       // thousands at once, each with its own result
		{"channels", channels},           // order, capacity, close, range
		{"select", selects},              // fairness, default, nil channels, time-out
		{"locks", locks},                 // mutex, read-write mutex, condition, once
		{"sieve", sieve},                 // a long chain of goroutines
		{"preempt", preempt},             // a loop without calls gives way, GOMAXPROCS=1
		{"preemptgc", preemptGC},         // and lets the collector stop the world
		{"parallelloops", parallelLoops}, // more such loops than vCPUs, GOMAXPROCS=4
	}
}

func timing() []testCase {
	return []testCase{
		{"timers", timers},             // order, Stop, Reset, tickers; never early
		{"timeridle", timerIdle},       // sleeps of 1 ms to 2 s from an idle domain
		{"timerstorm", timerStorm},     // ARG idle wake-ups, none lost
		{"idle", idle},                 // an idle domain is hardly ever woken
		{"breakstorm", breakStorm},     // earlier timers set while the poller sleeps
		{"sleep50", sleep50},           // prints the lateness of a 50 µs sleep
		{"monotonic", monotonic},       // never steps back, seen by several threads
		{"wallclock", wallClock},       // wall and monotonic clock run at one rate
		{"clockcalls", clockCalls},     // the clock is read without a call
		{"printclock", printClock},     // prints the wall clock, for the caller to compare
		{"timeoutstorm", timeoutStorm}, // many timers that never fire
	}
}

func memory() []testCase {
	return []testCase{
		{"gc", gcGraphs},             // checksummed object graphs under a busy collector
		{"gcparallel", gcParallel},   // the same from many goroutines
		{"finalizers", finalizers},   // finalizers, cleanups and weak pointers
		{"zeroed", zeroed},           // reused memory comes back zero
		{"scavenge", scavenge},       // given-back pages are reused without stale mappings
		{"fragmented", fragmented},   // a large object where only pieces are left
		{"live", live},               // ARG MiB of live data, checked
		{"largeobjects", bigObjects}, // megabyte objects come and go
		{"mapgrowth", mapGrowth},     // a map through all its sizes
	}
}

func traps() []testCase {
	return []testCase{
		{"nil", nilDereference},            // reads, writes, calls through nil
		{"nilparallel", nilParallel},       // a thousand at once
		{"divide", divideByZero},           // every integer width
		{"divideparallel", divideParallel}, // a thousand at once
		{"panicfault", panicOnFault},       // SetPanicOnFault and the faulting address
		{"protection", protection},         // code and constants are read-only, data is not code
		{"readonly", readOnly},             // memory that may not be written
		{"panics", panics},                 // nested panics, Goexit, recovered values
	}
}

func floats() []testCase {
	return []testCase{
		{"xmm", xmmRegisters},      // sixteen registers survive preemption
		{"direction", direction},   // the direction flag does not leak out of signals
		{"mxcsr", mxcsr},           // a thread's rounding is its own
		{"floatloops", floatLoops}, // long sums survive signals and collections
		{"ymm", ymmRegisters},      // fifteen AVX registers turn in a loop meanwhile
		{"vectorcode", vectorCode}, // AVX2 code of std finds what it must
	}
}

func stacks() []testCase {
	return []testCase{
		{"stackgrowth", stackGrowth}, // one stack of ARG MiB, its frames checked
		{"stackmany", stackMany},     // a thousand that grow and shrink
	}
}

func threads() []testCase {
	return []testCase{
		{"threads", lockedThreads},     // goroutines bound to threads, switching by futex
		{"threadexit", threadExit},     // threads that end, and their memory
		{"threadtimers", threadTimers}, // sleeps on bound threads
	}
}

func processorCases() []testCase {
	return []testCase{
		{"processors", processors},         // NumCPU and GOMAXPROCS are ARG
		{"atomicstorm", atomicStorm},       // for ARG: additions under every kind of lock
		{"channelstorm", channelStorm},     // numbers through channels and select
		{"collectorstorm", collectorStorm}, // graphs under collections that never stop
		{"sleepstorm", sleepStorm},         // short sleeps on all processors
		{"wakestorm", wakeStorm},           // futex wakes between bound threads
		{"loopstorm", loopStorm},           // more loops without calls than processors
		{"shootdown", shootdown},           // pages that change under every processor's eyes
		{"scaling", scaling},               // prints what several processors are worth
	}
}

func files() []testCase {
	return []testCase{
		{"pipes", pipes},                 // transfers through os.Pipe, checked
		{"pipedeadlines", pipeDeadlines}, // deadlines and Close wake a reader
		{"pipestorm", pipeStorm},         // ARG round trips against a deadline of a minute
		{"posixstack", posixStack},       // a stack that moves inside each call
		{"devices", devices},             // /dev/null, /dev/zero, /dev/urandom
		{"absent", absentMemory},         // calls with memory that is not there
	}
}

func randomness() []testCase {
	return []testCase{
		{"random", random},         // prints 32 bytes, for the caller to compare
		{"randombits", randomBits}, // no bias, no repetition
	}
}

func output() []testCase {
	return []testCase{
		{"flood", flood},   // ARG bytes of known text
		{"ticker", ticker}, // other goroutines run while the console is full
		{"lines", lines},   // a line each millisecond, until the first is dropped
	}
}

func crashes() []testCase {
	return []testCase{
		{"exit", exitWith},                 // os.Exit(ARG)
		{"panic", unrecovered},             // all goroutine traces
		{"nilpanic", nilUnrecovered},       // the signal line
		{"goexit", mainGoexit},             // main ends, nothing is left to run
		{"deadlock", deadlock},             // all goroutines are asleep
		{"stackoverflow", stackOverflow},   // the stack limit
		{"mapwrite", mapWrite},             // concurrent map writes
		{"unlock", unlockTwice},            // a fatal error that cannot be recovered
		{"exhaustheap", exhaustHeap},       // live data beyond the domain's memory
		{"exhauststack", exhaustStack},     // one stack beyond it
		{"exhaustthreads", exhaustThreads}, // threads without end
		{"exhausttables", exhaustTables},   // page tables with nothing behind them
	}
}
