// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which instructions a program must not contain. Runs on the build machine, at
// the few instructions whose opcode is marked in the tables.

package x86

// Reserved is the name of an encoding that the manuals do not define, in one of
// the opcodes that hold sensitive instructions.
const Reserved = "reserved encoding"

// Sensitive gives the name of an instruction that only a kernel or a caller of
// the hypervisor may contain, or [Reserved], or "" for any other instruction.
func (i Inst) Sensitive() string {
	if !i.look {
		return ""
	}
	switch i.Map {
	case MapOne:
		return i.sensitiveOne()
	case Map0F:
		return i.sensitive0F()
	case Map0F38:
		return i.sensitive0F38()
	}
	return ""
}

// names is a table of names by opcode or by ModRM byte.
type names map[byte]string

// oneByteNames are the sensitive opcodes of the one-byte map.
var oneByteNames = names{
	0x6c: "INS", 0x6d: "INS", 0x6e: "OUTS", 0x6f: "OUTS",
	0x8e: "MOV to segment register", 0xca: "far RET", 0xcb: "far RET",
	0xcf: "IRET", 0xf1: "INT1", 0xf4: "HLT", 0xfa: "CLI", 0xfb: "STI",
	0xe4: "IN", 0xe5: "IN", 0xec: "IN", 0xed: "IN",
	0xe6: "OUT", 0xe7: "OUT", 0xee: "OUT", 0xef: "OUT",
}

// twoByteNames are the sensitive opcodes after 0F that are not groups.
var twoByteNames = names{
	0x05: "SYSCALL", 0x06: "CLTS", 0x07: "SYSRET", 0x08: "INVD", 0x09: "WBINVD",
	0x20: "MOV from CR", 0x21: "MOV from DR", 0x22: "MOV to CR", 0x23: "MOV to DR",
	0x30: "WRMSR", 0x32: "RDMSR", 0x33: "RDPMC", 0x34: "SYSENTER", 0x35: "SYSEXIT", 0x37: "GETSEC",
	0xa1: "POP FS", 0xa9: "POP GS", 0xaa: "RSM", 0xb2: "LSS", 0xb4: "LFS", 0xb5: "LGS",
}

func (i Inst) reg() byte      { return i.ModRM >> 3 & 7 }
func (i Inst) register() bool { return i.ModRM >= 0xc0 }

// sensitiveOne answers for the one-byte map.
func (i Inst) sensitiveOne() string {
	if name, ok := oneByteNames[i.Opcode]; ok {
		return name
	}
	switch i.Opcode {
	case 0xcd:
		return i.interrupt()
	case 0x8f: // other values are XOP
		return reservedUnless(i.reg() == 0)
	case 0xc6, 0xc7: // MOV; with F8, XABORT and XBEGIN
		return reservedUnless(i.reg() == 0 || i.ModRM == 0xf8)
	case 0xfe:
		return reservedUnless(i.reg() < 2)
	}
	return groupFF[i.reg()]
}

// interrupt names INT n, but not the breakpoint, which the Go assembler writes
// as INT with vector 3 rather than as INT3.
func (i Inst) interrupt() string {
	if i.last == 3 {
		return ""
	}
	return "INT n"
}

// groupFF is the group of opcode FF.
var groupFF = [8]string{3: "far CALL", 5: "far JMP", 7: Reserved}

func reservedUnless(ok bool) string {
	if ok {
		return ""
	}
	return Reserved
}

// sensitive0F answers for the opcodes after 0F.
func (i Inst) sensitive0F() string {
	if name, ok := twoByteNames[i.Opcode]; ok {
		return name
	}
	switch i.Opcode {
	case 0x00:
		return group6[i.reg()]
	case 0x01:
		return i.sensitive0F01()
	case 0x78:
		return i.plainOnly("VMREAD")
	case 0x79:
		return i.plainOnly("VMWRITE")
	case 0xae:
		return i.sensitive0FAE()
	case 0xb8: // POPCNT; without F3 it is an IA-64 jump
		return reservedUnless(i.prefix&prefixF3 != 0)
	}
	return i.sensitive0FC7()
}

// group6 is the group of opcode 0F 00. SLDT and STR leak what a guest should
// not depend on.
var group6 = [8]string{"SLDT", "STR", "LLDT", "LTR", "", "", Reserved, Reserved}

// plainOnly is name where no 66, F2 or F3 makes the opcode something else.
func (i Inst) plainOnly(name string) string {
	if i.prefix&(prefixSize|prefixF2|prefixF3) != 0 {
		return Reserved
	}
	return name
}

// group7 is the group of opcode 0F 01 with a memory operand.
var group7 = [8]string{"SGDT", "SIDT", "LGDT", "LIDT", "SMSW", "RSTORSSP", "LMSW", "INVLPG"}

// group7Names are the register forms of 0F 01, by ModRM byte; "" is a harmless one.
var group7Names = names{
	0xc0: "ENCLV", 0xc1: "VMCALL", 0xc2: "VMLAUNCH", 0xc3: "VMRESUME", 0xc4: "VMXOFF", 0xc5: "PCONFIG",
	0xc6: "WRMSRNS", 0xc8: "MONITOR", 0xc9: "MWAIT", 0xca: "CLAC", 0xcb: "STAC", 0xcf: "ENCLS",
	0xd0: "", /* XGETBV */
	0xd1: "XSETBV", 0xd4: "VMFUNC",
	0xd5: "", /* XEND */
	0xd6: "", /* XTEST */
	0xd7: "ENCLU", 0xd8: "VMRUN", 0xd9: "VMMCALL", 0xda: "VMLOAD", 0xdb: "VMSAVE",
	0xdc: "STGI", 0xdd: "CLGI", 0xde: "SKINIT", 0xdf: "INVLPGA",
	0xec: "UIRET", 0xed: "TESTUI", 0xee: "CLUI", 0xef: "STUI",
	0xf8: "SWAPGS",
	0xf9: "", /* RDTSCP */
	0xfa: "MONITORX", 0xfb: "MWAITX", 0xfc: "CLZERO", 0xfd: "RDPRU", 0xfe: "INVLPGB", 0xff: "TLBSYNC",
}

// sensitive0F01 answers for the most crowded opcode.
func (i Inst) sensitive0F01() string {
	if !i.register() {
		return group7[i.reg()]
	}
	switch i.reg() {
	case 4:
		return "SMSW"
	case 6:
		return "LMSW"
	case 5:
		return i.sensitiveKeys()
	}
	name, ok := group7Names[i.ModRM]
	if !ok {
		return Reserved
	}
	return name
}

// sensitiveKeys answers for 0F 01 E8 to EF: SERIALIZE and the protection-key
// registers without a prefix, shadow stacks and user interrupts with F3, two
// harmless instructions for transactions with F2.
func (i Inst) sensitiveKeys() string {
	switch {
	case i.prefix&prefixF3 != 0 && i.ModRM < 0xec:
		return "shadow stack switch"
	case i.prefix&prefixF3 != 0:
		return group7Names[i.ModRM]
	case i.prefix&prefixF2 != 0:
		return reservedUnless(i.ModRM < 0xea)
	}
	switch i.ModRM {
	case 0xe8, 0xee: // SERIALIZE, RDPKRU
		return ""
	case 0xef:
		return "WRPKRU"
	}
	return Reserved
}

// sensitive0FAE answers for the save, fence and segment-base group.
func (i Inst) sensitive0FAE() string {
	f3 := i.prefix&prefixF3 != 0
	switch {
	case f3 && i.register():
		return [8]string{2: "WRFSBASE", 3: "WRGSBASE", 6: "UMONITOR"}[i.reg()]
	case f3 && i.reg() == 6:
		return "CLRSSBSY"
	case !i.register() || i.reg() >= 5: // state, cache lines, fences
		return i.waits()
	}
	return Reserved
}

// waits names TPAUSE and UMWAIT, which share MFENCE's encoding.
func (i Inst) waits() string {
	switch {
	case !i.register() || i.reg() != 6:
		return ""
	case i.prefix&prefixSize != 0:
		return "TPAUSE"
	case i.prefix&prefixF2 != 0:
		return "UMWAIT"
	}
	return ""
}

// sensitive0FC7 answers for CMPXCHG16B, XSAVE variants, VMX pointers, random
// numbers.
func (i Inst) sensitive0FC7() string {
	f3 := i.prefix&prefixF3 != 0
	switch {
	case i.register() && i.reg() == 6 && f3:
		return "SENDUIPI"
	case i.register():
		return reservedUnless(i.reg() >= 6) // RDRAND, RDSEED, RDPID
	case i.reg() == 6 && f3:
		return "VMXON"
	}
	return [8]string{0: Reserved, 2: Reserved, 3: "XRSTORS", 5: "XSAVES", 6: "VMPTRLD or VMCLEAR", 7: "VMPTRST"}[i.reg()]
}

// sensitive0F38 answers for the marked opcodes after 0F 38.
func (i Inst) sensitive0F38() string {
	switch i.Opcode {
	case 0x80:
		return "INVEPT"
	case 0x81:
		return "INVVPID"
	case 0x82:
		return "INVPCID"
	case 0xf5:
		return "WRUSS"
	}
	if i.prefix&(prefixF2|prefixF3) != 0 { // F8; without, it is MOVDIR64B
		return "ENQCMD"
	}
	return ""
}
