// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The console: descriptors 0, 1 and 2 until a program changes them, /dev/tty
// and /dev/console. Output waits for dom0's reader as long as that makes
// progress, so what somebody reads is whole; a reader that stands still for
// two seconds must not stop the program, so from then on output is dropped,
// counted, and the loss is said when bytes flow again.

package posix

import "sync"

// A write waits without progress for patience naps of nap ns each: two seconds
// in which this domain got to run twenty times and the reader did not move. One
// long wait would also count the time in which the whole machine stood still.
const (
	nap      = 100_000_000
	patience = 20
)

// console is the domain's one console. Each direction has a lock, so that two
// writes do not mix and one goroutine at a time waits; settings comes between
// them.
type console struct {
	_     [0]func() // nobody compares it
	k     kernel
	input sync.Mutex

	settings sync.Mutex // guards typed
	typed    any        // *input, once asked for: a program that reads nothing has no such type

	output  sync.Mutex // guards the rest
	stalled bool       // the reader stands still: write nothing, count
	dropped int        // bytes not written since then
	midline bool       // the last byte that got out was no newline
}

// open returns a file of the console. The kernel raises the poll slots of the
// first three descriptors only.
func (c *console) open(flags uint32) *file {
	f := &file{object: c, k: c.k, polled: 3}
	f.flags.Store(flags)
	return f
}

// moved splits the kernel's answer: a count of bytes, or an errno below zero.
func moved(answer int) (int, Errno) {
	if answer < 0 {
		return 0, Errno(-answer)
	}
	return answer, 0
}

// write loses nothing when it must not wait: it writes what fits. An earlier
// loss is then left for the next write that may wait to name.
func (c *console) write(f *file, b []byte, _ int64) (int, Errno) {
	if !f.lock(&c.output) {
		return 0, EAGAIN
	}
	defer c.output.Unlock()
	if f.nonblock() {
		n, e := c.push(b)
		if n == 0 && e == 0 && len(b) > 0 {
			e = EAGAIN
		}
		return n, e
	}
	n := 0
	if !c.stalled || c.confess() {
		var e Errno
		if n, e = c.put(b); e != 0 {
			return n, e
		}
	}
	if n < len(b) {
		c.stalled = true
		c.drop(len(b) - n)
	}
	return len(b), 0
}

// drop counts n bytes that were not written; negative: that were owned up to.
func (c *console) drop(n int) {
	c.dropped += n
	c.k.consoleDropped(int64(n))
}

// push moves what fits now.
func (c *console) push(b []byte) (int, Errno) {
	n, e := moved(c.k.consoleWrite(b))
	if n > 0 {
		c.midline = b[n-1] != '\n'
	}
	return n, e
}

// put moves b, waiting for room, and returns how much of it went out before
// the reader stood still for too long. An errno means that nothing did: the
// kernel looks at all of b first.
func (c *console) put(b []byte) (int, Errno) {
	done, naps := 0, 0
	for done < len(b) {
		n, e := c.push(b[done:])
		switch {
		case e != 0:
			return done, e
		case n > 0:
			done, naps = done+n, 0
			continue
		case naps == patience:
			return done, 0
		}
		if !c.k.consoleWait(modeWrite, c.k.nanotime()+nap) {
			naps++
		}
	}
	return done, 0
}

// say writes a line of this package's own.
func (c *console) say(line string) {
	c.output.Lock()
	c.put([]byte(line))
	c.output.Unlock()
}

// confess tries to write the line that names the loss. It reports whether the
// console flows again; a line that does not get out whole is tried again.
func (c *console) confess() bool {
	const head, tail = "domlet: console: ", " bytes dropped\n"
	var line [64]byte // filled from its end
	i := len(line) - len(tail)
	copy(line[i:], tail)
	for n := c.dropped; n > 0; n /= 10 {
		i--
		line[i] = byte('0' + n%10)
	}
	i -= len(head)
	copy(line[i:], head)
	if c.midline {
		i--
		line[i] = '\n'
	}
	n, _ := c.push(line[i:]) // ours, and there
	if n == 0 {
		return false
	}
	more, _ := c.put(line[i+n:])
	if n+more < len(line)-i {
		return false
	}
	c.stalled = false
	c.drop(-c.dropped)
	return true
}

func (c *console) seek(*file, int64, int) (int64, Errno) { return 0, ESPIPE }

func (c *console) capacity(int64) (uintptr, Errno) { return 0, EBADF }

// consoleInode is the number of the console, also as /dev/console.
const consoleInode = 1

func (c *console) status() status {
	if c.piped() {
		return status{inode: consoleInode, mode: modePipe | 0o600, links: 1, block: pageSize}
	}
	return status{inode: consoleInode, mode: modeDevice | 0o600, links: 1, major: 5, minor: 1, block: pageSize}
}

func (c *console) close(*file) {}
