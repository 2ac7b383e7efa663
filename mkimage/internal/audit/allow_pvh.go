// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The part of the table that only a PVH domain reaches: there the kernel itself
// runs the CPU that Xen runs in a PV domain.

package audit

// hardware are the sites of a kernel that owns its CPU, from the first
// instruction on.
var hardware = []rule{
	{function: "domlet.hypercall", instruction: "VMCALL", atMost: 1, reason: "the hypercall gate on Intel"},
	{function: "domlet.hypercall", instruction: "VMMCALL", atMost: 1, reason: "the hypercall gate on AMD"},

	{function: "domlet.entry32", instruction: "CLI", atMost: 1, reason: "the first instruction of a PVH domain"},
	{function: "domlet.entry32", instruction: "MOV to CR", atMost: 3, reason: "CR4, CR3 and CR0, on the way to long mode"},
	{function: "domlet.entry32", instruction: "RDMSR", atMost: 1, reason: "EFER, on the way to long mode"},
	{function: "domlet.entry32", instruction: "WRMSR", atMost: 1, reason: "EFER, on the way to long mode"},
	{function: "domlet.entry32", instruction: "LGDT", atMost: 1, reason: "the segments of long mode"},
	{function: "domlet.entry32", instruction: "far RET", atMost: 1, reason: "into long mode"},

	{function: "domlet.door", instruction: "CLI", atMost: 1, reason: "events are held back in the kernel"},
	{function: kernel + "resume", instruction: "STI", atMost: 1, reason: "the way back from a call: events may come"},
	{function: kernel + "resume", instruction: "IRET", atMost: 1, reason: "the way back from an exception or event"},
	{function: kernel + "gateEvent", instruction: "IRET", atMost: 1, reason: "back from an event that came with interrupts off"},
	{function: kernel + "block", instruction: "STI", atMost: 1, reason: "an idle vCPU waits for events"},
	{function: kernel + "block", instruction: "HLT", atMost: 1, reason: "an idle vCPU waits for events"},
	{function: kernel + "woken", instruction: "CLI", atMost: 1, reason: "an idle vCPU has waited for events"},
	{function: kernel + "slowFS", instruction: "WRMSR", atMost: 1, reason: "FS, on a CPU without WRFSBASE"},

	{function: pvh + "begin", instruction: "WRMSR", atMost: 2, reason: "GS and FS of a further vCPU"},
	{function: pvh + "load", instruction: "LGDT", atMost: 1, reason: "a vCPU's segments"},
	{function: pvh + "load", instruction: "LIDT", atMost: 1, reason: "where exceptions enter"},
	{function: pvh + "load", instruction: "LTR", atMost: 1, reason: "the stacks of exceptions"},
	{function: pvh + "load", instruction: "MOV to segment register", atMost: 1, reason: "SS, for the frames of exceptions"},
	{function: pvh + "load", instruction: "far RET", atMost: 1, reason: "CS, for the frames of exceptions"},

	{function: x86CPU + "CR2", instruction: "MOV from CR", atMost: 1, reason: "the address of a page fault"},
	{function: x86CPU + "CR3", instruction: "MOV from CR", atMost: 1, reason: "the page tables, to forget translations and for further vCPUs"},
	{function: x86CPU + "SetCR3", instruction: "MOV to CR", atMost: 1, reason: "the page tables, and to forget translations"},
	{function: x86CPU + "ReadMSR", instruction: "RDMSR", atMost: 1, reason: "EFER"},
	{function: x86CPU + "WriteMSR", instruction: "WRMSR", atMost: 1, reason: "EFER, FS and GS, the hypercall page"},
	{function: x86CPU + "Out", instruction: "OUT", atMost: 1, reason: "last words before there is a console"},
}
