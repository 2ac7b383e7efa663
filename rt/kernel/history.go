// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the kernel did last: a ring on each vCPU, printed after a failure of the
// kernel. To note something costs a few stores, so it is always on. Kernel, lock
// held.

//go:build domlet

package kernel

// moment is something that happened: when, by the latest time that anybody on
// any vCPU had read from the clock, so that it costs no reading of its own.
type moment struct {
	when int64
	kind happening
	a, b uintptr
}

// happening is what a moment was.
type happening uint8

const (
	never     happening = iota
	called              // the kernel door: number, first argument
	excepted            // an exception: vector, the address that faulted or was executed
	signalled           // an event: port
	switched            // a thread became current: number, where it goes on
	woken               // a thread became runnable: number, what its call answers
	slept               // the vCPU blocked: until when its timer is set
	prodded             // another vCPU was interrupted: its number
)

// history is a ring; n counts all moments ever.
type history struct {
	n  uint32
	at [32]moment
}

// note records a moment.
func (h *history) note(kind happening, a, b uintptr) {
	m := &h.at[h.n%uint32(len(h.at))]
	m.when, m.kind, m.a, m.b = latest, kind, a, b
	h.n++
}

// sayHistory prints every vCPU's ring, oldest first, with the age of each moment
// in ns.
func sayHistory() {
	now := nanotime()
	for id := range cpus.n {
		say("recent events on vCPU ")
		sayNumber(uint64(id))
		say(", ns ago:\n")
		h := &cpuAt(id).past
		for i := range uint32(len(h.at)) {
			h.at[(h.n+i)%uint32(len(h.at))].say(now)
		}
	}
}

func (m *moment) say(now int64) {
	if m.kind == never {
		return
	}
	say("  ")
	sayNumber(uint64(now - m.when))
	say(nameOf(m.kind))
	sayReg(" ", m.a)
	sayReg(" ", m.b)
	say("\n")
}

func nameOf(k happening) string {
	switch k {
	case called:
		return " call"
	case excepted:
		return " exception"
	case signalled:
		return " event"
	case switched:
		return " runs thread"
	case woken:
		return " wakes thread"
	case slept:
		return " sleeps until"
	case prodded:
		return " interrupts vCPU"
	}
	return " ?"
}
