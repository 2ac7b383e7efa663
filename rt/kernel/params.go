// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Boot parameters: the words of the command line before "--" that are meant for
// the kernel. Boot.

//go:build domlet

package kernel

import (
	"github.com/domlet/domlet/rt/kernel/cmdline"
	"github.com/domlet/domlet/xen/raw"
)

// Values of evtchn=, the interface for event channels.
const (
	auto     = iota // FIFO where Xen has it
	fifo            // FIFO, or no domain
	twoLevel        // two-level, which every Xen has
)

// Values of grant=, the version of the grant table, besides auto.
const (
	grantV1 = 1
	grantV2 = 2
)

// params are the boot parameters' values.
var params struct {
	evtchn  uint8
	grant   uint8
	meminfo uint8 // 1: what memory is used for is printed before main
	console uint8 // 1: a pipe, 0: a terminal
}

// readParams looks for boot parameters, before there is anything they could
// change. A line that cannot be read is reported later, with the arguments.
func readParams() {
	line := commandLine()
	pages := uint32(roundUp(uintptr(len(line))+1) / raw.PageSize)
	first, ok := memory.frames.AllocRun(pages, 1)
	if !ok {
		outOfMemory("the command line", uintptr(pages))
	}
	var p cmdline.Parser
	p.Init(line, bytesAt(frame(first), uintptr(pages)*raw.PageSize))
	for {
		w, ok := p.Next()
		if !ok || string(w) == cmdline.Separator {
			break
		}
		key, value, _ := cmdline.Cut(w)
		param(key, value)
	}
	for i := range pages {
		memory.frames.Free(first + i)
	}
}

// param sets one boot parameter. False: nobody has one of that name. Those that
// begin with "files.", and window=, are rt/posix's, which reads them when it needs them.
func param(key, value []byte) bool {
	if len(key) > 6 && string(key[:6]) == "files." || string(key) == "window" {
		return true
	}
	switch string(key) {
	case "evtchn":
		params.evtchn = choice(value, "auto", "fifo", "2l", "evtchn= takes auto, fifo or 2l\n")
	case "grant":
		params.grant = choice(value, "auto", "v1", "v2", "grant= takes auto, v1 or v2\n")
	case "meminfo":
		params.meminfo = choice(value, "off", "main", "main", "meminfo= takes off or main\n")
	case "console":
		params.console = choice(value, "tty", "pipe", "pipe", "console= takes tty or pipe\n")
	default:
		return false
	}
	return true
}

// choice returns which of three words a value is. Another one ends the domain:
// a typing error is found at once, and not by what the domain does.
func choice(value []byte, zero, one, two, help string) uint8 {
	if string(value) == zero {
		return 0
	}
	if string(value) == one {
		return 1
	}
	if string(value) == two {
		return 2
	}
	say("\ndomlet: command line: ")
	say(help)
	crash()
	return 0
}
