// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Words out of text. Boot, before there is an allocator.

package cmdline

import (
	"unsafe"

	"github.com/domlet/domlet/xen/raw"
)

// Separator is the word between the keys and the program's arguments.
const Separator = "--"

// Code says what is wrong with a line.
type Code uint8

// The codes.
const (
	OK        Code = iota
	Unclosed       // a quote is opened and never closed
	BadEscape      // a backslash at the end, or \x without two hexadecimal digits
	Null           // \x00, which no argument can hold
	NoRoom         // the caller's buffer is too small
)

// Explain returns the code in words, to stand in a message of the kernel.
func Explain(c Code) string {
	switch c {
	case OK:
		return "no error"
	case Unclosed:
		return "a quote is not closed"
	case BadEscape:
		return "a backslash stands before nothing, or \\x before no two hexadecimal digits"
	case Null:
		return "an argument cannot hold a byte of 0"
	}
	return "the line is too long"
}

// Parser walks over the words of a line. It holds the text and the buffer as
// addresses, so both must stay in place while it is used: memory of the kernel,
// or Go's heap.
type Parser struct {
	text, textLen uintptr
	buf, bufLen   uintptr
	r, w          uintptr // bytes read from text, bytes written to buf
	err           Code
}

// Init starts at the first word of text, which ends at its end or at its first
// byte of 0. The words are written to buf one behind the other, each followed
// by a byte of 0, as C strings are, and stay there; len(text)+1 bytes are
// always enough. buf may begin where text does: what is written never overtakes
// what is read.
func (p *Parser) Init(text, buf []byte) {
	*p = Parser{
		text: uintptr(unsafe.Pointer(unsafe.SliceData(text))), textLen: length(text),
		buf: uintptr(unsafe.Pointer(unsafe.SliceData(buf))), bufLen: uintptr(len(buf)),
	}
}

// length returns how many bytes of text come before a byte of 0.
func length(text []byte) uintptr {
	for i, c := range text {
		if c == 0 {
			return uintptr(i)
		}
	}
	return uintptr(len(text))
}

// Err returns what made Next stop: OK at the end of the text.
func (p *Parser) Err() Code { return p.err }

// Pos returns how many bytes of the text were read: after an error, the place.
func (p *Parser) Pos() int { return int(p.r) }

// Next returns the next word, the separator included. False: there is none, or
// Err says what is wrong; then it stays false.
func (p *Parser) Next() (word []byte, ok bool) {
	for p.more() && p.peek() == ' ' {
		p.r++
	}
	start := p.w
	if !p.more() {
		return nil, false
	}
	for p.more() && p.peek() != ' ' {
		p.part()
	}
	if p.r < p.textLen {
		p.r++ // the space is read before the 0 may take its place
	}
	p.emit(0)
	if p.err != OK {
		return nil, false
	}
	return slice(p.buf+start, p.w-1-start), true
}

// part reads one character, one escape or one quoted stretch.
func (p *Parser) part() {
	switch c := p.take(); c {
	case '\'':
		p.quoted()
	case '\\':
		p.escape()
	default:
		p.emit(c)
	}
}

// quoted reads up to and with the closing quote.
func (p *Parser) quoted() {
	for p.more() {
		c := p.take()
		if c == '\'' {
			return
		}
		p.emit(c)
	}
	p.fail(Unclosed)
}

// escape reads what follows a backslash.
func (p *Parser) escape() {
	if !p.more() {
		p.fail(BadEscape)
		return
	}
	c := p.take()
	if c != 'x' {
		p.emit(c)
		return
	}
	b := p.digit()<<4 | p.digit()
	if b == 0 {
		p.fail(Null)
	}
	p.emit(b)
}

// digit reads one hexadecimal digit.
func (p *Parser) digit() byte {
	if p.more() {
		switch c := p.take(); {
		case c >= '0' && c <= '9':
			return c - '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			return c | 0x20 - 'a' + 10
		}
	}
	p.fail(BadEscape)
	return 0
}

// more reports whether there is text left and no error.
func (p *Parser) more() bool { return p.err == OK && p.r < p.textLen }

// peek returns the next byte, of which there is one.
func (p *Parser) peek() byte { return *(*byte)(raw.Ptr(p.text + p.r)) }

// take reads the next byte, of which there is one.
func (p *Parser) take() byte {
	c := p.peek()
	p.r++
	return c
}

// emit writes one byte of the word, if there is no error.
func (p *Parser) emit(c byte) {
	if p.err != OK {
		return
	}
	if p.w >= p.bufLen {
		p.err = NoRoom
		return
	}
	*(*byte)(raw.Ptr(p.buf + p.w)) = c
	p.w++
}

// fail records the first error.
func (p *Parser) fail(c Code) {
	if p.err == OK {
		p.err = c
	}
}

// slice returns the n bytes at addr. More than 1 GiB is cut off, which no
// command line reaches; it spares a check that would call into the runtime.
func slice(addr, n uintptr) []byte {
	const limit = 1 << 30
	n = min(n, limit)
	return (*[limit]byte)(raw.Ptr(addr))[:n:n]
}

// Cut parts a word at its first equals sign. False: it has none; then key is
// the whole word.
func Cut(word []byte) (key, value []byte, ok bool) {
	for i, c := range word {
		if c == '=' {
			return word[:i], word[i+1:], true
		}
	}
	return word, nil, false
}
