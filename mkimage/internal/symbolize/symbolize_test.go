// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Dumps with the addresses of a real program. Runs on the host.

package symbolize

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
)

// program builds a program, as images are built: without cgo.
func program(t *testing.T, flags ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command("go", append(append([]string{"build", "-o", out}, flags...), "../../../examples/hello")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// known are addresses of the program that its own symbols tell.
type known struct {
	main    uint64 // main.main
	after   uint64 // behind the first call in it
	written uint64 // some data, runtime.buildVersion
}

func addresses(t *testing.T, path string) known {
	t.Helper()
	f := testkit.ELF(t, path)
	symbols := testkit.Symbols(t, f)
	main := symbols["main.main"]
	return known{main.Value, firstCall(t, f.Section(".text"), main), symbols["runtime.buildVersion"].Value}
}

// firstCall returns the address behind the first CALL in a function whose target
// is code.
func firstCall(t *testing.T, text *elf.Section, s elf.Symbol) uint64 {
	t.Helper()
	code, err := text.Data()
	if err != nil {
		t.Fatal(err)
	}
	for at := s.Value; at < s.Value+s.Size; at++ {
		next := at + 5
		offset := int32(binary.LittleEndian.Uint32(code[at+1-text.Addr:]))
		if target := next + uint64(int64(offset)); code[at-text.Addr] == 0xe8 && target-text.Addr < text.Size {
			return next
		}
	}
	t.Fatal("main.main calls nothing")
	return 0
}

// The dumps, with places for the address that trapped, that it touched, and that
// is on the stack.
const (
	ownDump = `
domlet: the kernel trapped
vector e code 2 cr2 %[2]x thread 1
rip %[1]x main.main+0x0
rsp ffff880000263fb8 rflags 46 fs 0
rax 9e rbx 800 rcx 7ffffbffaf60 rdx %[1]x
code addresses on the stack:
  %[1]x main.main+0x0
  %[3]x main.main+0x46
recent events on vCPU 0, ns ago:
domlet: panic
`
	pvDump = `(XEN) domain_crash_sync called from entry.S: fault at ffff82d040204b78 x86_64/entry.S#create_bounce_frame+0x14f/0x177
(XEN) Domain 93 (vcpu#0) crashed on cpu#0:
(XEN) RIP:    e033:[<%016[1]x>]
(XEN) RFLAGS: 0000000000000246   EM: 1   CONTEXT: pv guest (d93v0)
(XEN) rax: 0000000000000000   rbx: 0000000000000000   rcx: 00000000004a2e0c
(XEN) cr3: 0000000078016000   cr2: %016[2]x
(XEN) Guest stack trace from rsp=00000000005dc938:
(XEN)    00000000004a2e0c 0000000000000206 %016[1]x 000000010000e030
(XEN)    0000000000000046 00000000005dc978 %016[3]x 0000000000000000
`
	pvhDump = `(XEN) d7v0 Triple fault - invoking HVM shutdown action 1
(XEN) *** Dumping Dom7 vcpu#0 state: ***
(XEN) RIP:    0008:[<%016[1]x>]
(XEN) cr3: 0000000000005000   cr2: %016[2]x
`
)

func TestPrint(t *testing.T) {
	image := program(t)
	table, err := Load(image)
	if err != nil {
		t.Fatal(err)
	}
	k := addresses(t, image)
	const rip, cr2, stack = "rip", "cr2", "stack"
	for name, c := range map[string]struct {
		dump  string
		roles []string
	}{"own": {ownDump, []string{cr2, rip, stack}}, "pv": {pvDump, []string{rip, cr2, stack}}, "pvh": {pvhDump, []string{rip, cr2}}} {
		want := map[string]string{
			rip:   fmt.Sprintf("%-5s  %8x  main.main+0x0  examples/hello/main.go:", rip, k.main),
			cr2:   fmt.Sprintf("%-5s  %8x  runtime.buildVersion+0x0\n", cr2, k.written),
			stack: fmt.Sprintf("%-5s  %8x  main.main+%#x  ", stack, k.after, k.after-k.main),
		}
		var out strings.Builder
		n, err := table.Print(&out, fmt.Sprintf(c.dump, k.main, k.written, k.after))
		if err != nil || n != len(c.roles) || strings.Count(out.String(), "\n") != n {
			t.Errorf("%s: %d lines, %v, want %d:\n%s", name, n, err, len(c.roles), out.String())
		}
		rest := out.String()
		for _, role := range c.roles {
			_, after, found := strings.Cut(rest, want[role])
			if !found {
				t.Errorf("%s: no %q in\n%s", name, want[role], out.String())
			}
			rest = after
		}
	}
}

// Go's own traces have their names already.
func TestPrintNothing(t *testing.T) {
	table, err := Load(program(t))
	if err != nil {
		t.Fatal(err)
	}
	text := "panic: no\n[signal SIGSEGV: segmentation violation code=0x2 addr=0x4b3f60 pc=0x4b3fc6]\n" +
		"main.write(0x0?)\n\tprotection/break_unsafe.go:35 +0x6 fp=0xe961d644e80 sp=0xe961d644e78 pc=0x4b3fc6\n"
	var out strings.Builder
	if n, err := table.Print(&out, text); n != 0 || err != nil || out.Len() != 0 {
		t.Errorf("%d lines, %v:\n%s", n, err, out.String())
	}
}

// A stripped program still knows its functions, and no data.
func TestStripped(t *testing.T) {
	plain, stripped := program(t), program(t, "-ldflags=-s -w")
	k := addresses(t, plain)
	table, err := Load(stripped)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	table.Print(&out, fmt.Sprintf(pvhDump, k.main, k.written))
	if !strings.HasPrefix(out.String(), "rip ") || !strings.Contains(out.String(), "main.main+0x0") || strings.Contains(out.String(), "cr2") {
		t.Errorf("printed %q", out.String())
	}
}

func TestLoadRefuses(t *testing.T) {
	for path, want := range map[string]string{"doc.go": "bad magic", "nowhere": "no such file"} {
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load(%s): %v", path, err)
		}
	}
}
