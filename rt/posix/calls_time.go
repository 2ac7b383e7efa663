// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Clocks and sleeping.

package posix

// Clock numbers, Linux's values.
const (
	clockRealtime       = 0
	clockMonotonic      = 1
	clockProcessCPU     = 2
	clockThreadCPU      = 3
	clockMonotonicRaw   = 4
	clockRealtimeCoarse = 5
	clockCoarse         = 6
	clockBoot           = 7
	clockTAI            = 11
)

const (
	second       = 1_000_000_000 // in ns
	ticksPerTime = 100           // of times(2), a second
	timeSize     = 16            // struct timespec and timeval
	timerAbsTime = 1
)

// clock returns what clock id shows.
func (s *system) clock(id int) (sec, nsec int64, e Errno) {
	var ns int64
	switch id {
	case clockRealtime, clockRealtimeCoarse, clockTAI:
		sec, nsec := s.k.walltime()
		return sec, int64(nsec), 0
	case clockMonotonic, clockMonotonicRaw, clockCoarse, clockBoot:
		ns = s.k.nanotime()
	case clockProcessCPU, clockThreadCPU:
		ns = s.k.cputime()
	default:
		return 0, 0, EINVAL
	}
	return ns / second, ns % second, 0
}

// putTime stores a struct timespec, or a timeval when b's unit is.
func putTime(b []byte, sec, part int64) {
	put64(b, uint64(sec))
	put64(b[8:], uint64(part))
}

// clockGettime is clock_gettime: clock, timespec.
func (s *system) clockGettime(a arguments) (uintptr, Errno) {
	sec, nsec, e := s.clock(a.int(0))
	if e != 0 {
		return 0, e
	}
	b, e := a.memory(1, timeSize)
	if e != 0 {
		return 0, e
	}
	putTime(b, sec, nsec)
	return 0, 0
}

// clockGetres is clock_getres: clock, optional timespec. All tick in ns.
func (s *system) clockGetres(a arguments) (uintptr, Errno) {
	if _, _, e := s.clock(a.int(0)); e != 0 {
		return 0, e
	}
	b, e := a.optional(1, timeSize)
	if b != nil {
		putTime(b, 0, 1)
	}
	return 0, e
}

// gettimeofday: optional timeval, optional time zone (always UTC).
func (s *system) gettimeofday(a arguments) (uintptr, Errno) {
	tv, e := a.optional(0, timeSize)
	if e != 0 {
		return 0, e
	}
	zone, e := a.optional(1, 8)
	if e != 0 {
		return 0, e
	}
	if tv != nil {
		sec, nsec := s.k.walltime()
		putTime(tv, sec, int64(nsec)/1000)
	}
	clear(zone)
	return 0, 0
}

// time: optional result.
func (s *system) time(a arguments) (uintptr, Errno) {
	b, e := a.optional(0, 8)
	if e != 0 {
		return 0, e
	}
	sec, _ := s.k.walltime()
	if b != nil {
		put64(b, uint64(sec))
	}
	return uintptr(sec), 0
}

// interval reads the timespec in argument i.
func (a *arguments) interval(i int) (sec, nsec int64, e Errno) {
	b, e := a.memory(i, timeSize)
	if e != 0 {
		return 0, 0, e
	}
	sec, nsec = int64(get64(b)), int64(get64(b[8:]))
	if sec < 0 || nsec < 0 || nsec >= second {
		return 0, 0, EINVAL
	}
	return sec, nsec, 0
}

// rest parks the goroutine for a while; no signal interrupts it.
func (s *system) rest(sec, nsec int64) {
	const longest = 1<<63 - 1
	ns := int64(longest)
	if sec < longest/second {
		ns = sec*second + nsec
	}
	if ns > 0 {
		s.k.sleep(ns)
	}
}

// nanosleep: interval, optional remainder, which is not written: it is for
// sleeps cut short.
func (s *system) nanosleep(a arguments) (uintptr, Errno) {
	sec, nsec, e := a.interval(0)
	if e == 0 {
		s.rest(sec, nsec)
	}
	return 0, e
}

// clockNanosleep is clock_nanosleep: clock, flags, interval or point in time,
// remainder.
func (s *system) clockNanosleep(a arguments) (uintptr, Errno) {
	nowSec, nowNsec, e := s.clock(a.int(0))
	if e != 0 {
		return 0, e
	}
	sec, nsec, e := a.interval(2)
	if e != 0 {
		return 0, e
	}
	if a.int(1)&timerAbsTime != 0 {
		sec, nsec = sec-nowSec, nsec-nowNsec
	}
	s.rest(sec, nsec)
	return 0, 0
}

// times: optional struct tms. The result is the clock in ticks.
func (s *system) times(a arguments) (uintptr, Errno) {
	b, e := a.optional(0, 32)
	if e != 0 {
		return 0, e
	}
	if b != nil {
		clear(b)
		put64(b, uint64(s.k.cputime()/(second/ticksPerTime)))
	}
	return uintptr(s.k.nanotime() / (second / ticksPerTime)), 0
}
