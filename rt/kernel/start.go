// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the program finds on its stack: arguments, environment, auxiliary
// vector, as Linux lays them out. Boot.

//go:build domlet

package kernel

import (
	"unsafe"

	"github.com/domlet/domlet/rt/kernel/cmdline"
	"github.com/domlet/domlet/rt/kernel/space"
	"github.com/domlet/domlet/xen/raw"
)

// mainStack is what runtime.rt0_go takes for g0 below its stack pointer (64
// KiB), and some.
const mainStack = 68 << 10

// Keys of the auxiliary vector (linux/auxvec.h).
const (
	atNull   = 0
	atPagesz = 6
	atRandom = 25
)

// startBlock builds the argument block: strings grow up from text, the vectors are
// written at vec once all strings are known.
type startBlock struct {
	text   uintptr // where the next string goes
	vec    uintptr // where the next word of the vectors goes
	argc   uintptr
	parser cmdline.Parser
}

// Where the first thread's stack and its arguments lie.
var startBottom, startTop uintptr

// mainThread is the number of the program's first thread: the process's, as on
// Linux.
const mainThread = 1

// initMain prepares the thread that runs runtime.rt0_go.
func initMain(c *cpu) {
	line := commandLine()
	half := roundUp(4*uintptr(len(line)) + 4096) // a word of one byte takes four, in each half
	size := uintptr(mainStack) + 2*half
	top := uintptr(highest) - 64<<20
	low := top - size
	startBottom, startTop = low, top
	memory.space.Set(low, top, space.Demand)
	if !commit(low, top) {
		outOfMemory("the first thread's stack", size/raw.PageSize)
	}
	b := startBlock{text: low + mainStack}
	b.vec = b.text + half
	args := b.vec
	b.arguments(line)
	t := byID(mainThread)
	t.full = 1
	t.ip, t.sp = goStart, low+mainStack-64
	t.di, t.si = b.argc, args
	c.current = t.addr()
	c.sliceEnd = nanotime() + slice
}

// commandLine returns Xen's line, or the block at the front of the ramdisk that
// stands for a longer one.
func commandLine() []byte {
	line := bytesAt(handed.CmdLine, cmdline.MaxLine)
	for i := range line {
		if line[i] == 0 {
			line = line[:i]
			break
		}
	}
	if string(line) != cmdline.BlockWord {
		return line
	}
	text, _, ok := cmdline.Unblock(bytesAt(handed.Module, handed.ModuleSize))
	if !ok {
		say("domlet: the command line says block, but the ramdisk does not begin with one\n")
		crash()
	}
	return text
}

// arguments writes argv, envp and auxv. The keys before "--" come first in the
// line, argv comes first on the stack: two passes over the words.
func (b *startBlock) arguments(line []byte) {
	words := bytesAt(b.text, uintptr(len(line))+1)
	b.text += uintptr(len(words))
	b.argv(line, words)
	b.word(0)
	b.environment(line, words)
	b.word(0)
	b.auxv()
}

//go:noinline // it has many callers, none of them in a hurry
func (b *startBlock) word(v uintptr) {
	*(*uintptr)(raw.Ptr(b.vec)) = v
	b.vec += 8
}

// str copies a string behind the last one and returns its address.
//
//go:noinline // it has many callers, none of them in a hurry
func (b *startBlock) str(s []byte) uintptr {
	at := b.text
	copy(bytesAt(at, uintptr(len(s))), s)
	b.text += uintptr(len(s)) + 1
	return at
}

// next takes the next word; it stops the domain at a line that is no line.
func (b *startBlock) next() ([]byte, bool) {
	w, ok := b.parser.Next()
	if !ok && b.parser.Err() != cmdline.OK {
		say("domlet: command line: ")
		say(cmdline.Explain(b.parser.Err()))
		say("\n")
		crash()
	}
	return w, ok
}

func (b *startBlock) argv(line, words []byte) {
	name := b.str(stringBytes("domlet"))
	at := b.vec
	b.word(0)
	b.argc = 1
	b.parser.Init(line, words)
	keys := true
	for {
		w, ok := b.next()
		if !ok {
			break
		}
		if keys {
			keys = string(w) != cmdline.Separator
			if k, v, ok := cmdline.Cut(w); ok && keys && string(k) == "argv0" {
				name = b.str(v)
			}
			continue
		}
		b.word(b.str(w))
		b.argc++
	}
	*(*uintptr)(raw.Ptr(at)) = name
}

func (b *startBlock) environment(line, words []byte) {
	limit, traceback, home := true, true, true
	b.parser.Init(line, words)
	for {
		w, ok := b.next()
		if !ok || string(w) == cmdline.Separator {
			break
		}
		v, isEnv := cutPrefix(w, "env.")
		if !isEnv {
			b.unknown(w)
			continue
		}
		b.word(b.str(v))
		if _, ok := cutPrefix(v, "GOMEMLIMIT="); ok {
			limit = false
		}
		if _, ok := cutPrefix(v, "GOTRACEBACK="); ok {
			traceback = false
		}
		if _, ok := cutPrefix(v, "HOME="); ok {
			home = false
		}
	}
	if home { // as Linux gives its first process
		b.word(b.str(stringBytes("HOME=/")))
	}
	b.defaults(limit, traceback)
}

// unknown reports a key that is not the kernel's.
func (b *startBlock) unknown(w []byte) {
	k, v, ok := cmdline.Cut(w)
	if ok && (string(k) == "argv0" || param(k, v)) {
		return
	}
	say("domlet: command line: unknown key ignored: ")
	say(unsafe.String(unsafe.SliceData(w), len(w)))
	say("\n")
}

// defaults sets what a domain needs and Linux does not: a memory limit, since
// nothing can be swapped out or taken from somebody else, and traces of all
// goroutines, since nobody can attach to a dead domain.
func (b *startBlock) defaults(limit, traceback bool) {
	if traceback {
		b.word(b.str(stringBytes("GOTRACEBACK=all")))
	}
	if limit {
		var d [20]byte
		at := b.str(stringBytes("GOMEMLIMIT="))
		b.text--
		b.text += uintptr(copy(bytesAt(b.text, 20), digits(&d, memoryLimit(), 10)))
		b.str(nil)
		b.word(at)
	}
}

// memoryLimit is what the domain has left, in bytes, less a sixteenth for page
// tables, thread stacks and what the runtime does not count, and 512 KiB.
func memoryLimit() uint64 {
	left := uint64(memory.frames.Available()) * raw.PageSize
	return left - min(left/16+512<<10, left/2)
}

func (b *startBlock) auxv() {
	seed := b.text
	entropyBytes(seed, 16)
	b.text += 16
	b.word(atPagesz)
	b.word(raw.PageSize)
	b.word(atRandom)
	b.word(seed)
	b.word(atNull)
	b.word(0)
}

func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func cutPrefix(w []byte, p string) ([]byte, bool) {
	if len(w) < len(p) || string(w[:len(p)]) != p {
		return nil, false
	}
	return w[len(p):], true
}

// digits writes v into d, in a base up to 16, and returns what it wrote.
func digits(d *[20]byte, v, base uint64) []byte {
	i := len(d)
	for {
		i--
		d[i] = "0123456789abcdef"[v%base]
		if v /= base; v == 0 || i == 0 {
			return d[i:]
		}
	}
}
