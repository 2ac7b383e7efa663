// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The console: descriptors 0, 1 and 2 until a program changes them, /dev/tty
// and /dev/console. Output waits for dom0's reader as long as that makes
// progress, so what somebody reads is whole; a reader that stands still for
// two seconds must not stop the program, so from then on output is dropped,
// counted, and the loss is said when bytes flow again.

package posix

import "sync"

// patience is how long a write waits without progress, in ns.
const patience = 2e9

// console is the domain's one console. Each direction has a lock, so that two
// writes do not mix and one goroutine at a time waits.
type console struct {
	k     kernel
	input sync.Mutex

	output  sync.Mutex // guards the rest
	stalled bool       // the reader stands still: write nothing, count
	dropped uint64     // bytes not written since then
	midline bool       // the last byte that got out was no newline
}

func (c *console) read(f *file, b []byte, _ int64) (int, Errno) {
	if len(b) == 0 {
		return 0, 0
	}
	if f.nonblock() {
		return c.poll(b)
	}
	c.input.Lock()
	defer c.input.Unlock()
	for {
		if n := c.k.consoleRead(b); n > 0 {
			return n, 0
		}
		c.k.consoleWait(modeRead, 0)
	}
}

// poll is read without waiting.
func (c *console) poll(b []byte) (int, Errno) {
	if !c.input.TryLock() {
		return 0, EAGAIN
	}
	defer c.input.Unlock()
	if n := c.k.consoleRead(b); n > 0 {
		return n, 0
	}
	return 0, EAGAIN
}

func (c *console) write(f *file, b []byte, _ int64) (int, Errno) {
	if len(b) == 0 {
		return 0, 0
	}
	if f.nonblock() {
		return c.offer(b)
	}
	c.output.Lock()
	defer c.output.Unlock()
	if c.stalled && !c.confess() {
		c.dropped += uint64(len(b))
		return len(b), 0
	}
	if n := c.put(b); n < len(b) {
		c.stalled = true
		c.dropped += uint64(len(b) - n)
	}
	return len(b), 0
}

// offer is write without waiting, and so without loss. An earlier loss is left
// for the next write that may wait to name.
func (c *console) offer(b []byte) (int, Errno) {
	if !c.output.TryLock() {
		return 0, EAGAIN
	}
	defer c.output.Unlock()
	if n := c.push(b); n > 0 {
		return n, 0
	}
	return 0, EAGAIN
}

// push moves what fits now.
func (c *console) push(b []byte) int {
	n := c.k.consoleWrite(b)
	if n > 0 {
		c.midline = b[n-1] != '\n'
	}
	return n
}

// put moves b, waiting for room, and returns how much of it went out before
// the reader stood still for too long.
func (c *console) put(b []byte) int {
	done, deadline := 0, int64(0)
	for done < len(b) {
		if n := c.push(b[done:]); n > 0 {
			done, deadline = done+n, 0
			continue
		}
		if deadline == 0 {
			deadline = c.k.nanotime() + patience
		}
		if !c.k.consoleWait(modeWrite, deadline) {
			return done
		}
	}
	return done
}

// confess tries to write the line that names the loss. It reports whether the
// console flows again; a line that does not get out whole is tried again.
func (c *console) confess() bool {
	var line [64]byte
	text := line[:0]
	if c.midline {
		text = append(text, '\n')
	}
	text = append(text, "domlet: console: "...)
	text = appendDecimal(text, c.dropped)
	text = append(text, " bytes dropped\n"...)
	n := c.push(text)
	if n == 0 || n+c.put(text[n:]) < len(text) {
		return false
	}
	c.stalled, c.dropped = false, 0
	return true
}

func (c *console) seek(*file, int64, int) (int64, Errno) { return 0, ESPIPE }

func (c *console) status() status { return nodeConsole.status() }

func (c *console) control(arguments) (uintptr, Errno) { return 0, ENOTTY }

// pollable: the kernel raises the slots of the first three descriptors only.
func (c *console) pollable(fd int) bool { return fd <= 2 }

func (c *console) close(*file) {}

// appendDecimal appends n in decimal.
func appendDecimal(b []byte, n uint64) []byte {
	if n >= 10 {
		b = appendDecimal(b, n/10)
	}
	return append(b, byte('0'+n%10))
}
