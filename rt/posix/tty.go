// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a terminal does with what is typed: editing lines, echo, signals. Pure;
// runs on the goroutine that reads the console, its input locked.

package posix

// Flags of struct termios that mean something here (asm-generic/termbits.h). The
// others are kept for who asks.
const (
	inNewlineToReturn = 0o100   // INLCR
	inIgnoreReturn    = 0o200   // IGNCR
	inReturnToNewline = 0o400   // ICRNL
	inUTF8            = 0o40000 // IUTF8

	outProcess = 0o1 // OPOST
	outNewline = 0o4 // ONLCR

	localSignals = 0o1      // ISIG
	localLines   = 0o2      // ICANON
	localEcho    = 0o10     // ECHO
	localErase   = 0o20     // ECHOE
	localKill    = 0o40     // ECHOK
	localNewline = 0o100    // ECHONL
	localControl = 0o1000   // ECHOCTL
	localKillAll = 0o4000   // ECHOKE
	localExtend  = 0o100000 // IEXTEN
)

// Places in c_cc. A character of 0 is none.
const (
	charInterrupt = 0  // VINTR
	charQuit      = 1  // VQUIT
	charErase     = 2  // VERASE
	charKill      = 3  // VKILL
	charEnd       = 4  // VEOF
	charMin       = 6  // VMIN
	charLine      = 11 // VEOL
	charWord      = 14 // VWERASE
	charQuote     = 15 // VLNEXT
	charLine2     = 16 // VEOL2
	charCount     = 19
)

// maxLine is how long a line can be; what is typed beyond is lost, as in Linux.
const maxLine = 4095

// termios is struct termios without the flags of a line that there is not.
type termios struct {
	iflag, oflag, cflag, lflag uint32
	line                       byte
	chars                      [charCount]byte
}

// sane is how a terminal begins, as Linux's do.
func sane() termios {
	return termios{
		iflag: inReturnToNewline | inUTF8,
		oflag: outProcess | outNewline,
		cflag: 0o17 | 0o60 | 0o200, // B38400, CS8, CREAD
		lflag: localSignals | localLines | localEcho | localErase | localKill | localControl | localKillAll | localExtend,
		chars: [charCount]byte{
			charInterrupt: 3, charQuit: 28, charErase: 127, charKill: 21, charEnd: 4, charMin: 1,
			charWord: 23, charQuote: 22,
		},
	}
}

// tty is the line discipline.
type tty struct {
	termios
	quoted bool   // the next character means itself
	line   []byte // being typed
	ready  []byte // for who reads
	ends   []int  // of the lines in ready, in bytes from the one before; 0: an end of file
	echo   []byte // to be shown
	signal int    // to be sent; 0: none
}

// is reports whether b is the control character in a place of c_cc.
func (t *tty) is(b byte, place int) bool { return b != 0 && b == t.chars[place] }

// take takes one typed byte.
func (t *tty) take(b byte) {
	quoted := t.quoted
	t.quoted = false
	switch {
	case quoted:
		t.add(b)
		return
	case b == '\r' && t.iflag&inIgnoreReturn != 0:
		return
	case b == '\r' && t.iflag&inReturnToNewline != 0:
		b = '\n'
	case b == '\n' && t.iflag&inNewlineToReturn != 0:
		b = '\r'
	}
	if t.lflag&localSignals != 0 && t.interrupts(b) {
		return
	}
	if t.lflag&localLines == 0 {
		t.ready = append(t.ready, b)
		t.show(b)
		return
	}
	if !t.edit(b) {
		t.add(b)
	}
}

// interrupts has a signal sent for a character that asks for one. What was typed
// before is forgotten.
func (t *tty) interrupts(b byte) bool {
	const sigINT, sigQUIT = 2, 3
	switch {
	case t.is(b, charInterrupt):
		t.signal = sigINT
	case t.is(b, charQuit):
		t.signal = sigQUIT
	default:
		return false
	}
	t.flush()
	t.show(b)
	return true
}

// flush forgets what was typed and not read.
func (t *tty) flush() { t.line, t.ready, t.ends = t.line[:0], nil, nil }

// edit does what a character of editing means.
func (t *tty) edit(b byte) bool {
	switch extended := t.lflag&localExtend != 0; {
	case b == '\n' || t.is(b, charLine) || t.is(b, charLine2):
		t.line = append(t.line, b)
		if b == '\n' && t.lflag&(localEcho|localNewline) != 0 {
			t.echo = append(t.echo, '\n')
		} else {
			t.show(b)
		}
		t.finish()
	case t.is(b, charEnd):
		t.finish()
	case t.is(b, charErase):
		t.erase(1)
	case t.is(b, charKill):
		t.erase(len(t.line))
	case t.is(b, charWord) && extended:
		t.erase(t.word())
	case t.is(b, charQuote) && extended:
		t.quoted = true
	default:
		return false
	}
	return true
}

// add adds a character to the line.
func (t *tty) add(b byte) {
	if t.lflag&localLines == 0 {
		t.ready = append(t.ready, b)
	} else if len(t.line) < maxLine {
		t.line = append(t.line, b)
	} else {
		t.echo = append(t.echo, '\a')
		return
	}
	t.show(b)
}

// finish hands the line to who reads; an empty one is an end of file.
func (t *tty) finish() {
	t.ready, t.ends = append(t.ready, t.line...), append(t.ends, len(t.line))
	t.line = t.line[:0]
}

// word is how many bytes the last word has, with the spaces after it.
func (t *tty) word() int {
	i := len(t.line)
	for i > 0 && t.line[i-1] == ' ' {
		i--
	}
	for i > 0 && t.line[i-1] != ' ' {
		i--
	}
	return len(t.line) - i
}

// erase takes the last n bytes of the line back, and with the first byte of a
// character the rest of it.
func (t *tty) erase(n int) {
	for n > 0 && len(t.line) > 0 {
		last, size := t.line[len(t.line)-1], 1
		for t.iflag&inUTF8 != 0 && size < len(t.line) && t.line[len(t.line)-size]&0xc0 == 0x80 {
			size++
		}
		t.line = t.line[:len(t.line)-size]
		n -= size
		if t.lflag&localEcho != 0 && t.lflag&localErase != 0 {
			t.echo = append(t.echo, "\b \b"...)
			if t.escaped(last) {
				t.echo = append(t.echo, "\b \b"...)
			}
		}
	}
}

// escaped reports whether a character is shown as two.
func (t *tty) escaped(b byte) bool {
	return t.lflag&localControl != 0 && (b < ' ' && b != '\t' && b != '\n' || b == 127)
}

// show echoes a character.
func (t *tty) show(b byte) {
	switch {
	case t.lflag&localEcho == 0:
	case t.escaped(b):
		t.echo = append(t.echo, '^', b^0x40)
	default:
		t.echo = append(t.echo, b)
	}
}

// holds reports whether something is there for who reads.
func (t *tty) holds() bool {
	if t.lflag&localLines != 0 {
		return len(t.ends) > 0
	}
	return len(t.ready) > 0
}

// next moves to p what one read gets: a line at most, or what there is where lines
// are not edited. False: nothing is there.
func (t *tty) next(p []byte) (int, bool) {
	n := len(t.ready)
	switch lines := t.lflag&localLines != 0; {
	case !t.holds():
		return 0, !lines && t.chars[charMin] == 0
	case lines:
		n = t.ends[0]
	}
	moved := copy(p, t.ready[:n])
	t.ready = t.ready[moved:]
	if len(t.ends) > 0 {
		if t.ends[0] -= moved; t.ends[0] == 0 {
			t.ends = t.ends[1:]
		}
	}
	return moved, true
}

// set changes the settings. What was typed under others stays readable.
func (t *tty) set(next termios) {
	before := t.lflag & localLines
	t.termios = next
	switch now := next.lflag & localLines; {
	case before == now:
	case now == 0:
		t.ready = append(t.ready, t.line...)
		t.line, t.ends = t.line[:0], nil
	case len(t.ready) > 0:
		t.ends = []int{len(t.ready)}
	}
}
