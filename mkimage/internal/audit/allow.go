// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The one place that says which functions may contain what. Whoever adds such
// an instruction to the kernel adds its line here, and a test holds the table
// against the assembly sources.

package audit

import (
	"bytes"
	"slices"
	"strings"
)

// rule allows one function up to a number of one instruction.
type rule struct {
	function    string // as the linker names it
	instruction string // as package x86 names it
	atMost      int    // sites
	reason      string
	standIn     bool // only the kernel that mkimage is tested with has it, which runs on Linux
}

const (
	kernel    = "github.com/domlet/domlet/rt/kernel."
	hypercall = "github.com/domlet/domlet/xen/hypercall."
	pvh       = "github.com/domlet/domlet/xen/pvh."
	x86CPU    = "github.com/domlet/domlet/xen/x86."
	fsBase    = "FS, the thread pointer of Go, for the kernel's own g"
)

// allowed is every site of the library OS.
var allowed = slices.Concat(always, hardware)

// always are the sites that a domain of either kind may reach. In a paravirtual
// kernel, SYSCALL is the hypercall.
var always = []rule{
	{function: "domlet.hypercall", instruction: "SYSCALL", atMost: 1, reason: "the hypercall gate"},
	{function: "domlet.door", instruction: "WRFSBASE", atMost: 1, reason: fsBase},
	{function: kernel + "slowFS", instruction: "SYSCALL", atMost: 1, reason: "FS, on a CPU without WRFSBASE"},
	{function: kernel + "resume", instruction: "SYSCALL", atMost: 2,
		reason: "xen_version, to have a pending event delivered; iret, to restore everything at once"},
	{function: kernel + "resume", instruction: "WRFSBASE", atMost: 1, reason: "FS of a thread"},
	{function: kernel + "upcall", instruction: "SYSCALL", atMost: 1, reason: "iret, back to the idle loop"},
	{function: kernel + "upcall", instruction: "WRFSBASE", atMost: 1, reason: fsBase},
	{function: kernel + "trapped", instruction: "WRFSBASE", atMost: 2, reason: fsBase},
	{function: kernel + "block", instruction: "SYSCALL", atMost: 1, reason: "sched_op, between two stores that must not be apart"},
	{function: x86CPU + "InvalidatePage", instruction: "INVLPG", atMost: 1, reason: "a PVH domain's address at which page tables are written"},
	{function: x86CPU + "CR4", instruction: "MOV from CR", atMost: 1, reason: "feature switches; in a PV domain Xen emulates it"},
	{function: x86CPU + "SetCR4", instruction: "MOV to CR", atMost: 1, reason: "feature switches; in a PV domain Xen emulates it"},
	{function: x86CPU + "SetXCR0", instruction: "XSETBV", atMost: 1, reason: "register sets; in a PV domain Xen emulates it"},
	{function: kernel + "xenCPUID", instruction: "OUTS", atMost: 1, reason: "no such instruction: the n of \"xen\", by which Xen emulates CPUID"},
	{function: "domlet.door", instruction: "SYSCALL", atMost: 1, reason: "the system call itself", standIn: true},
	{function: "domlet.nanotime", instruction: "SYSCALL", atMost: 1, reason: "clock_gettime", standIn: true},
	{function: "domlet.now", instruction: "SYSCALL", atMost: 1, reason: "clock_gettime", standIn: true},
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
