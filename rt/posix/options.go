// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the command line says to this package: keys that begin with "files.",
// the program's name and its arguments.

package posix

import (
	"runtime"

	"github.com/domlet/domlet/rt/kernel/cmdline"
)

// options is what the command line says.
type options struct {
	limit     int64    // bytes that the tree may take
	directory string   // where the program starts
	name      string   // its own
	arguments []string // behind it
	window    string   // of the terminal: columns, x, rows
	outlets   []string // files that are handed out
}

// readOptions reads the line; what it does not say keeps its default. The
// kernel has refused a line that cannot be read, long before.
func readOptions(line []byte, limit int64) options {
	o := options{limit: limit, directory: "/", name: "domlet"}
	var p cmdline.Parser
	words := make([]byte, len(line)+1)
	p.Init(line, words)
	keys := true
	for {
		w, ok := p.Next()
		switch {
		case !ok:
			runtime.KeepAlive(line) // the parser has only their addresses
			runtime.KeepAlive(words)
			return o
		case keys && string(w) == cmdline.Separator:
			keys = false
		case keys:
			o.set(w)
		default:
			o.arguments = append(o.arguments, string(w))
		}
	}
}

// set takes one key and its value.
func (o *options) set(word []byte) {
	key, value, _ := cmdline.Cut(word)
	switch string(key) {
	case "argv0":
		o.name = string(value)
	case "window":
		o.window = string(value)
	case "files.limit":
		if n, ok := bytesOf(value); ok {
			o.limit = n
		}
	case "files.out":
		o.outlets = append(o.outlets, string(value))
	case "files.cd":
		if len(value) > 0 {
			o.directory = string(value)
		}
	}
}

// bytesOf reads a size: a number, with K, M or G behind it or nothing.
func bytesOf(value []byte) (n int64, ok bool) {
	shift := 0
	if last := len(value) - 1; last > 0 {
		switch value[last] {
		case 'K':
			shift = 10
		case 'M':
			shift = 20
		case 'G':
			shift = 30
		}
		if shift != 0 {
			value = value[:last]
		}
	}
	for _, c := range value {
		if c < '0' || c > '9' || n > 1<<32 {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n << shift, len(value) > 0
}

// program is the absolute name of the program's file, as if there was one.
func (o *options) program() string {
	if o.name != "" && o.name[0] == '/' {
		return o.name
	}
	return "/" + o.name
}

// commandText is the command as /proc/self/cmdline has it: each word ends in 0.
func (o *options) commandText() string {
	text := o.name + "\x00"
	for _, w := range o.arguments {
		text += w + "\x00"
	}
	return text
}
