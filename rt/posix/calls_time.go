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
	tick         = second / 100  // of times(2)
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

// timespec lays out a struct timespec, or a timeval with µs for part.
func timespec(sec, part int64) (b [timeSize]byte) {
	put64(b[0:], uint64(sec))
	put64(b[8:], uint64(part))
	return b
}

// clockGettime is clock_gettime: clock, result.
func (s *system) clockGettime(a *arguments) (uintptr, Errno) {
	sec, nsec, e := s.clock(a.int(0))
	if e != 0 {
		return 0, e
	}
	result := timespec(sec, nsec)
	return 0, a.store(1, result[:])
}

// clockGetres is clock_getres: clock, optional result. All tick in ns.
func (s *system) clockGetres(a *arguments) (uintptr, Errno) {
	if _, _, e := s.clock(a.int(0)); e != 0 {
		return 0, e
	}
	result := timespec(0, 1)
	return 0, a.offer(1, result[:])
}

// gettimeofday: optional result, optional time zone, which is UTC.
func (s *system) gettimeofday(a *arguments) (uintptr, Errno) {
	sec, nsec := s.k.walltime()
	result := timespec(sec, int64(nsec)/1000)
	e := a.offer(0, result[:])
	if e == 0 {
		var zone [8]byte
		e = a.offer(1, zone[:])
	}
	return 0, e
}

// time: optional result.
func (s *system) time(a *arguments) (uintptr, Errno) {
	sec, _ := s.k.walltime()
	result := timespec(sec, 0)
	return uintptr(sec), a.offer(0, result[:8])
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
func (s *system) nanosleep(a *arguments) (uintptr, Errno) {
	sec, nsec, e := a.interval(0)
	if e == 0 {
		s.rest(sec, nsec)
	}
	return 0, e
}

// clockNanosleep is clock_nanosleep: clock, flags, interval or point in time,
// remainder.
func (s *system) clockNanosleep(a *arguments) (uintptr, Errno) {
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
func (s *system) times(a *arguments) (uintptr, Errno) {
	var result [32]byte
	put64(result[:], uint64(s.k.cputime()/tick))
	return uintptr(s.k.nanotime() / tick), a.offer(0, result[:])
}
