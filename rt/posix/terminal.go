// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The console's input, and what can be set of the console. It is a terminal, with
// the line discipline of tty.go, unless the boot parameter console=pipe makes it a
// stream of bytes with an end. Runs on the caller's goroutine; a program that
// reads nothing is linked without it.

package posix

// Bytes of console=pipe: escape stands before what is not meant as data.
const (
	escape = 0x10 // DLE; twice: the byte itself
	ending = 0x04 // EOT, after escape: the end of the input
)

// input is what was typed, or sent, and how it is read.
type input struct {
	tty     tty
	pipe    bool
	size    [windowSize]byte // struct winsize: rows, columns, pixels twice
	escaped bool             // pipe: the last byte was an escape
	ended   bool             // pipe: the end has come
}

// windowSize is the length of struct winsize.
const windowSize = 8

// lock returns the input, with the settings locked. It begins with what the boot
// parameters say.
func (c *console) lock() *input {
	c.settings.Lock()
	if t, ok := c.typed.(*input); ok {
		return t
	}
	t := &input{pipe: c.k.consoleIsPipe(), tty: tty{termios: sane()}}
	columns, rows := windowOf(readOptions(c.k.commandLine(), 0).window)
	put32(t.size[:], uint32(columns)<<16|uint32(rows))
	c.typed = t
	return t
}

// windowOf reads a size: columns, x, rows; 0 where there is none.
func windowOf(size string) (columns, rows uint16) {
	n, at := [2]uint16{}, 0
	for i := range len(size) {
		switch b := size[i]; {
		case b == 'x' && at == 0:
			at++
		case b >= '0' && b <= '9':
			n[at] = n[at]*10 + uint16(b-'0')
		}
	}
	return n[0], n[1]
}

// piped reports whether the console is no terminal.
func (c *console) piped() bool {
	defer c.settings.Unlock()
	return c.lock().pipe
}

func (c *console) read(f *file, b []byte, _ int64) (int, Errno) {
	if !f.lock(&c.input) {
		return 0, EAGAIN
	}
	defer c.input.Unlock()
	for len(b) > 0 {
		if n, ok, e := c.receive(b); ok || e != 0 {
			return n, e
		}
		if f.nonblock() {
			return 0, EAGAIN
		}
		c.k.consoleWait(modeRead, 0)
	}
	return 0, 0
}

// receive fills b with what is there. Not ok: nothing is.
func (c *console) receive(b []byte) (n int, ok bool, e Errno) {
	t := c.lock()
	defer c.settings.Unlock()
	for !t.ended && !t.tty.holds() {
		if n, e = moved(c.k.consoleRead(b)); n == 0 {
			break
		}
		if !t.pipe {
			c.enter(&t.tty, b[:n])
		} else if n = t.unescape(b[:n]); n > 0 {
			return n, true, 0
		}
	}
	if t.ended || e != 0 {
		return 0, e == 0, e
	}
	n, ok = t.tty.next(b)
	return n, ok && !t.pipe, 0
}

// unescape takes the escapes out of b, in place.
func (t *input) unescape(b []byte) (n int) {
	for _, v := range b {
		switch {
		case t.ended:
		case v == escape && !t.escaped:
			t.escaped = true
		case v == ending && t.escaped:
			t.ended = true
		default:
			t.escaped = false
			b[n] = v
			n++
		}
	}
	return n
}

// enter gives typed bytes to the terminal, shows its echo and sends its signal.
func (c *console) enter(t *tty, b []byte) {
	for _, v := range b {
		t.take(v)
	}
	if len(t.echo) > 0 {
		c.output.Lock()
		c.push(t.echo) // what does not fit, nobody reads
		c.output.Unlock()
	}
	if t.signal != 0 {
		c.k.kill(0, t.signal)
	}
	t.echo, t.signal = t.echo[:0], 0
}

// ioctl requests of a terminal, Linux's values.
const (
	ioctlGet      = 0x5401 // TCGETS
	ioctlSet      = 0x5402 // TCSETS
	ioctlSetDrain = 0x5403 // TCSETSW
	ioctlSetFlush = 0x5404 // TCSETSF
	ioctlDrain    = 0x5409 // TCSBRK
	ioctlFlush    = 0x540b // TCFLSH
	ioctlGroup    = 0x540f // TIOCGPGRP
	ioctlWindow   = 0x5413 // TIOCGWINSZ
	ioctlResize   = 0x5414 // TIOCSWINSZ
)

// control is ioctl for the console: descriptor, request, argument.
func (c *console) control(a *arguments) Errno {
	t := c.lock()
	defer c.settings.Unlock()
	if t.pipe {
		return ENOTTY
	}
	switch request := a.uint32(1); request {
	case ioctlGet:
		return a.store(2, t.tty.encode())
	case ioctlSet, ioctlSetDrain, ioctlSetFlush:
		return c.set(t, a, request == ioctlSetFlush)
	case ioctlFlush:
		c.flush(t)
		return 0
	case ioctlDrain:
		return 0
	case ioctlGroup:
		var group [4]byte
		put32(group[:], processID)
		return a.store(2, group[:])
	case ioctlWindow:
		return a.store(2, t.size[:])
	case ioctlResize:
		return c.resize(t, a)
	}
	return ENOTTY
}

// set changes the terminal's settings to those at argument 2.
func (c *console) set(t *input, a *arguments, flush bool) Errno {
	b, e := a.memory(2, termiosSize)
	if e != 0 {
		return e
	}
	if flush {
		c.flush(t)
	}
	next := decodeTermios(b)
	t.tty.set(next)
	c.k.consoleRaw(next.oflag&outProcess == 0 || next.oflag&outNewline == 0)
	return 0
}

// flush forgets what was typed.
func (c *console) flush(t *input) {
	t.tty.flush()
	b := make([]byte, 256)
	for c.k.consoleRead(b) > 0 {
	}
}

// resize changes the window's size, and tells the program.
func (c *console) resize(t *input, a *arguments) Errno {
	const sigWINCH = 28
	b, e := a.memory(2, windowSize)
	if e != 0 || string(b) == string(t.size[:]) {
		return e
	}
	copy(t.size[:], b)
	return c.k.kill(0, sigWINCH)
}

// termiosSize is the length of struct termios: four flags, a byte, characters.
const termiosSize = 17 + charCount

func (t *termios) encode() []byte {
	b := make([]byte, termiosSize)
	for i, flags := range [...]uint32{t.iflag, t.oflag, t.cflag, t.lflag} {
		put32(b[4*i:], flags)
	}
	b[16] = t.line
	copy(b[17:], t.chars[:])
	return b
}

func decodeTermios(b []byte) (t termios) {
	t.iflag, t.oflag, t.cflag, t.lflag = get32(b), get32(b[4:]), get32(b[8:]), get32(b[12:])
	t.line = b[16]
	copy(t.chars[:], b[17:])
	return t
}
