// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The names of sensitive instructions, compared with objdump's mnemonics.

package x86

import (
	"regexp"
	"testing"
)

// theirNames matches objdump's text of each instruction that must have a name.
var theirNames = regexp.MustCompile(`^(syscall|sysenter|sysret|sysexit|int |int1|icebp|hlt|cli\b|sti\b|in |out |ins[bwl] |outs[bwl] ` +
	`|iret|lret|lcall|ljmp|wrmsr|rdmsr|rdpmc|[sl][gi]dt|[sl]ldt|[sl]tr|str |[sl]msw|clts|invd|wbinvd|wbnoinvd` +
	`|invlpg|invpcid|inve?pt|invvpid|swapgs|xsetbv|xrstors|xsaves\b|xsaves64|rsm|getsec|encl|enclv|enclu|pconfig` +
	`|vm(call|launch|resume|xoff|func|run|mcall|load|save|gexit|read|write|ptrld|ptrst|clear|xon)|stgi|clgi|skinit` +
	`|monitorx?|mwaitx?|umonitor|umwait|tpause|clac|stac|clzero|rdpru|wrpkru|psmash|pvalidate|rmp|tlbsync|mcommit` +
	`|uiret|testui|clui|stui|senduipi|rstorssp|saveprevssp|setssbsy|clrssbsy|wruss|enqcmd|wr[fg]sbase|seamcall` +
	`|l[fgs]s |popw? +%[fg]s$|mov +[^,]*%(cr|db)\d+|mov +.*,%(cr|db)\d+|mov +.*,%(es|cs|ss|ds|fs|gs|\?)( |$))`)

// noise is what objdump puts before a mnemonic for prefixes that do nothing.
var noise = regexp.MustCompile(`^((data16|addr32|rex(\.[WRXB]+)?|repn?z|repn?e|rep|[cdefgs]s|bnd|lock|notrack) +)*`)

// compareName holds the name of an instruction, or that it has none, against
// objdump's text.
func compareName(t *testing.T, b []byte, ours Inst, text string) {
	t.Helper()
	name := ours.Sensitive()
	if theirNames.MatchString(noise.ReplaceAllString(text, "")) != (name != "" && name != Reserved) {
		t.Errorf("% x: named %q, objdump has %s", b[:MaxLen], name, text)
	}
}

func TestHarmless(t *testing.T) {
	for name, code := range map[string]string{
		"CPUID": "\x0f\xa2", "FWAIT": "\x9b", "RDTSC": "\x0f\x31", "RDTSCP": "\x0f\x01\xf9", "XGETBV": "\x0f\x01\xd0",
		"INT3": "\xcc", "INT 3": "\xcd\x03", "UD2": "\x0f\x0b", "PAUSE": "\xf3\x90", "MFENCE": "\x0f\xae\xf0", "LFENCE": "\x0f\xae\xe8",
		"POPCNT": "\xf3\x48\x0f\xb8\xc1", "RDSEED": "\x48\x0f\xc7\xf8", "RDRAND": "\x48\x0f\xc7\xf0", "CMPXCHG16B": "\xf0\x48\x0f\xc7\x0f",
		"XABORT": "\xc6\xf8\x00", "ENDBR64": "\xf3\x0f\x1e\xfa", "FXSAVE": "\x48\x0f\xae\x07", "MOVBE": "\x0f\x38\xf1\x07",
	} {
		i, ok := Decode([]byte(code))
		if !ok || i.Len != len(code) || i.Sensitive() != "" {
			t.Errorf("%s: decoded %v, length %d, named %q", name, ok, i.Len, i.Sensitive())
		}
	}
}
