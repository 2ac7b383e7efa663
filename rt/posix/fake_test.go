// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// A kernel for tests: a console ring read on demand, a clock that moves only
// when somebody waits, and a record of what was raised.

package posix

import "sync"

type fakeKernel struct {
	mu        sync.Mutex
	moved     *sync.Cond
	now       int64
	ring      int    // bytes the console ring still takes
	out       []byte // what was written to it
	in        []byte // what was typed
	lost      int64  // bytes dropped that nobody was told of
	absent    bool   // no memory of a caller's is there
	reader    func(k *fakeKernel) bool
	raised    map[uint32]string
	open      map[uint32]bool
	slept     int64
	code      int
	signal    int    // sent last
	signalled int    // the thread it was for
	line      string // the command line
	disk      []byte // the ramdisk
	free      uint64 // memory, in bytes

	piped bool // the console is a pipe
	raw   bool // newlines go out as they are
}

func newFakeKernel() *fakeKernel {
	k := &fakeKernel{ring: 2048, raised: map[uint32]string{}, open: map[uint32]bool{}, code: -1, free: 16 << 20}
	k.moved = sync.NewCond(&k.mu)
	return k
}

func (k *fakeKernel) consoleDropped(n int64) { k.lost += n }

func (k *fakeKernel) consoleIsPipe() bool { return k.piped }
func (k *fakeKernel) consoleRaw(raw bool) { k.raw = raw }

func (k *fakeKernel) consoleWrite(p []byte) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.absent {
		return -int(EFAULT)
	}
	n := min(len(p), k.ring)
	k.out = append(k.out, p[:n]...)
	k.ring -= n
	return n
}

func (k *fakeKernel) consoleRead(p []byte) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.absent {
		return -int(EFAULT)
	}
	n := copy(p, k.in)
	k.in = k.in[n:]
	return n
}

// consoleWait runs the test's reader for output; without one, or when that
// makes no progress, the clock goes to the deadline.
func (k *fakeKernel) consoleWait(mode byte, deadline int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if mode == modeRead {
		for len(k.in) == 0 {
			k.moved.Wait()
		}
		return true
	}
	if k.reader != nil && k.reader(k) {
		return true
	}
	k.now = deadline
	return false
}

// typed makes input arrive.
func (k *fakeKernel) typed(s string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.in = append(k.in, s...)
	k.moved.Broadcast()
}

func (k *fakeKernel) raise(slot uint32, mode byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.raised[slot] += string(mode)
}

// edges returns what was raised for slot since the last time.
func (k *fakeKernel) edges(slot int) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.raised[uint32(slot)]
	delete(k.raised, uint32(slot))
	return s
}

func (k *fakeKernel) slotReset(slot uint32, pollable bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open[slot] = pollable
	delete(k.raised, slot)
}

func (k *fakeKernel) pollable(fd int) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.open[uint32(fd)]
}

func (k *fakeKernel) nanotime() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *fakeKernel) sleep(ns int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.slept += ns
	k.now += ns
}

func (k *fakeKernel) random(p []byte) {
	for i := range p {
		p[i] = byte(i + 1)
	}
}

func (k *fakeKernel) exit(code int)                { k.code = code }
func (k *fakeKernel) walltime() (int64, int32)     { return 1_700_000_000, 123_456_789 }
func (k *fakeKernel) cputime() int64               { return 3_500_000_000 }
func (k *fakeKernel) memory() (total, free uint64) { return 64 << 20, k.free }
func (k *fakeKernel) ncpu() int                    { return 3 }
func (k *fakeKernel) kill(thread, sig int) Errno   { k.signal, k.signalled = sig, thread; return 0 }
func (k *fakeKernel) threadID() int                { return 7 }
func (k *fakeKernel) hostname(p []byte) int        { return copy(p, "guest") }
func (k *fakeKernel) commandLine() []byte          { return []byte(k.line) }
func (k *fakeKernel) ramdisk() []byte              { return k.disk }
func (k *fakeKernel) image() (low, high uintptr)   { return 0x401000, 0x500000 }
func (k *fakeKernel) memoryCall(nr uintptr, a [6]uintptr) uintptr {
	if a[1] == 0 {
		return ^uintptr(EINVAL) + 1
	}
	return nr<<12 + a[0]
}
