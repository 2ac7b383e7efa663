// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The one place that says which functions may contain what. Whoever adds such
// an instruction to the kernel adds its line here, and a test holds the table
// against the assembly sources.

package audit

import (
	"bytes"
	"strings"
)

// rule allows one function up to a number of one instruction.
type rule struct {
	function    string // as the linker names it
	instruction string // as package x86 names it
	atMost      int    // sites
	reason      string
}

const (
	kernel    = "github.com/domlet/domlet/rt/kernel."
	hypercall = "github.com/domlet/domlet/xen/hypercall."
)

// allowed is every site of the library OS. In a paravirtual kernel, SYSCALL is
// the hypercall.
var allowed = []rule{
	{hypercall + "Call", "SYSCALL", 1, "the hypercall gate"},
	{kernel + "resume", "SYSCALL", 2, "xen_version, to have a pending event delivered; iret, to restore everything at once"},
	{kernel + "upcall", "SYSCALL", 1, "iret, back to the idle loop"},
	{kernel + "giveUp", "SYSCALL", 1, "sched_op, to crash the domain when nothing else works"},
	{kernel + "block", "SYSCALL", 1, "sched_op, between two stores that must not be apart"},
	{kernel + "allowFSGSBASE", "MOV from CR", 1, "CR4, which Xen emulates"},
	{kernel + "allowFSGSBASE", "MOV to CR", 1, "CR4, which Xen emulates"},
	{kernel + "writeFS", "WRFSBASE", 1, "the thread pointer of the Go runtime"},
	{"domlet.door", "SYSCALL", 1, "the door, in the stand-in kernel for Linux that mkimage is tested with"},
	{"domlet.nanotime", "SYSCALL", 1, "clock_gettime, in the same stand-in"},
	{"domlet.now", "SYSCALL", 1, "clock_gettime, in the same stand-in"},
}

// strays are the functions, of golang.org/x/sys/unix and copies of it, whose
// SYSCALL becomes UD2. They cannot be replaced in the sources: the go command
// refuses overlays of the module cache.
var strays = []string{"/unix.SyscallNoError", "/unix.RawSyscallNoError"}

// isStray tells whether the gate rewrites SYSCALL in the function.
func isStray(function string) bool {
	for _, name := range strays {
		if strings.HasSuffix(function, name) {
			return true
		}
	}
	return false
}

// findRule gives the rule for a site, nil if there is none.
func findRule(function, instruction string) *rule {
	for i := range allowed {
		if allowed[i].function == function && allowed[i].instruction == instruction {
			return &allowed[i]
		}
	}
	return nil
}

// markers is the package whose functions are signatures for tools that look at
// Go programs: a jump over 29 bytes of data, and a return.
const (
	markers    = "crypto/internal/boring/sig."
	markerSize = 31 // bytes before the return
)

// markerJump is how all of them begin: the jump and five bytes they share.
var markerJump = []byte{0xeb, markerSize - 2, 0xf4, 0x48, 0xf4, 0x4b, 0xf4}

// skipData gives the length of the data that a function is known to begin with.
func skipData(function string, code []byte) int {
	if strings.HasPrefix(function, markers) && bytes.HasPrefix(code, markerJump) && len(code) > markerSize {
		return markerSize
	}
	return 0
}
