// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The last line of a console. Pure; runs on the host and in dom0.

package domain

import (
	"bytes"
	"regexp"
	"strconv"
)

// lastLine is how a domlet kernel ends its console. When the program's output
// does not end with a newline, the kernel puts "\r\n" before the line and says
// so at its end; so the output can be given back byte for byte. A terminal's lines
// all end with "\r\n".
var lastLine = regexp.MustCompile(`^(\r\n)?domlet: (?:exit (-?\d+)|panic)( \(reboot\))?( \(output ended mid-line\))?\r?\n$`)

// lead is what every last line starts with.
const lead = "domlet: "

// maxLast is longer than any last line, in bytes.
const maxLast = 85

// verdict is what the last line says.
type verdict struct {
	panicked bool
	reboot   bool // the domain was asked to, and wants to be started again
	code     int  // 0 to 255; 2 after a panic
}

// filter passes a console on and keeps back what may turn out to be the last
// line. The zero value is ready.
type filter struct {
	held  []byte // the end of the stream, from where the last line may begin
	shown int    // bytes of held that were passed on after all
	mid   bool   // the byte before held was not a newline
}

// feed takes the next bytes of the console and returns what can be shown now.
func (f *filter) feed(chunk []byte) []byte {
	text := append(f.held, chunk...)
	keep := f.candidate(text)
	show := text[min(f.shown, keep):keep]
	if keep > 0 {
		f.mid = text[keep-1] != '\n'
	}
	f.shown = max(0, f.shown-keep)
	f.held = bytes.Clone(text[keep:])
	return show
}

// release returns what was kept back, because nothing follows it for now. If
// nothing ever does, finish still understands it.
func (f *filter) release() []byte {
	show := f.held[f.shown:]
	f.shown = len(f.held)
	return show
}

// waiting reports whether something is kept back.
func (f *filter) waiting() bool { return f.shown < len(f.held) }

// complete reports whether what came so far ends with a last line.
func (f *filter) complete() bool { return lastLine.Match(f.held) }

// finish is called at the end of the stream. It returns what is still to be
// shown, and the verdict if the stream ended with a last line.
func (f *filter) finish() (rest []byte, v verdict, ok bool) {
	m := lastLine.FindSubmatch(f.held)
	if m == nil {
		return f.release(), verdict{}, false
	}
	if m[4] == nil { // the "\r\n", if there is one, is the program's own
		rest = m[1][min(f.shown, len(m[1])):]
	}
	v = parseVerdict(m[2])
	v.reboot = m[3] != nil
	return rest, v, true
}

func parseVerdict(code []byte) verdict {
	if code == nil {
		return verdict{panicked: true, code: 2}
	}
	n, _ := strconv.Atoi(string(code)) // out of range gives the nearest value
	return verdict{code: n & 0xff}
}

// candidate returns where in text the last line may begin, len(text) if
// nowhere: at the start of the final line, or at a "\r\n" before it.
func (f *filter) candidate(text []byte) int {
	start := finalLine(text)
	line := text[start:]
	if len(line) > maxLast || !startsLike(line) || (start == 0 && f.mid) {
		return len(text) - trailingCRLF(text)
	}
	if bytes.HasSuffix(text[:start], []byte("\r\n")) {
		start -= 2
	}
	return start
}

// finalLine returns where the final line of text starts, whether or not its
// newline has come.
func finalLine(text []byte) int {
	return bytes.LastIndexByte(bytes.TrimSuffix(text, []byte("\n")), '\n') + 1
}

// startsLike reports whether line is, or may yet become, a last line.
func startsLike(line []byte) bool {
	n := min(len(line), len(lead))
	return string(line[:n]) == lead[:n]
}

// trailingCRLF returns how many bytes of a "\r\n" end the text.
func trailingCRLF(text []byte) int {
	switch {
	case bytes.HasSuffix(text, []byte("\r\n")):
		return 2
	case bytes.HasSuffix(text, []byte("\r")):
		return 1
	}
	return 0
}
