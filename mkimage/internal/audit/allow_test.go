// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The table of allowed sites, held against the kernel's assembly sources. Host
// only.

package audit

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const module = "github.com/domlet/domlet/"

// spellings is how the Go assembler, or a comment at bytes, writes what package
// x86 has a name for.
var spellings = map[string]*regexp.Regexp{
	"SYSCALL":     regexp.MustCompile(`\bSYSCALL\b`),
	"SYSENTER":    regexp.MustCompile(`\bSYSENTER\b`),
	"VMCALL":      regexp.MustCompile(`\bVMCALL\b`),
	"VMMCALL":     regexp.MustCompile(`\bVMMCALL\b`),
	"HLT":         regexp.MustCompile(`\bHLT\b`),
	"CLI":         regexp.MustCompile(`\bCLI\b`),
	"STI":         regexp.MustCompile(`\bSTI\b`),
	"IRET":        regexp.MustCompile(`\bIRET[LQ]?\b`),
	"IN":          regexp.MustCompile(`\bIN[BWL]\b`),
	"OUT":         regexp.MustCompile(`\bOUT[BWL]\b`),
	"RDMSR":       regexp.MustCompile(`\bRDMSR\b`),
	"WRMSR":       regexp.MustCompile(`\bWRMSR\b`),
	"XSETBV":      regexp.MustCompile(`\bXSETBV\b`),
	"SWAPGS":      regexp.MustCompile(`\bSWAPGS\b`),
	"INVLPG":      regexp.MustCompile(`\bINVLPG\b`),
	"WRFSBASE":    regexp.MustCompile(`\bWRFSBASE[LQ]?\b`),
	"WRGSBASE":    regexp.MustCompile(`\bWRGSBASE[LQ]?\b`),
	"MOV from CR": regexp.MustCompile(`\bMOV[LQ]\s+CR\d`),
	"MOV to CR":   regexp.MustCompile(`\bMOV[LQ]\s+\w+,\s*CR\d`),
	"LGDT":        regexp.MustCompile(`\bLGDT\b`),
	"LIDT":        regexp.MustCompile(`\bLIDT\b`),
	"LTR":         regexp.MustCompile(`\bLTR\b`),
}

var (
	textLine   = regexp.MustCompile(`^TEXT\s+([\w·]+)`)
	wholeLine  = regexp.MustCompile(`^\s*//.*`)
	lineEnding = regexp.MustCompile(`//.*`)
)

// TestTableMatchesSources counts the instructions in every assembly file of the
// rooms that go into an image.
func TestTableMatchesSources(t *testing.T) {
	found := map[[2]string]int{}
	root := os.DirFS(filepath.FromSlash("../../.."))
	for _, room := range []string{"rt", "xen"} {
		err := fs.WalkDir(root, room, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".s") {
				return err
			}
			source, err := fs.ReadFile(root, name)
			countSites(string(source), module+path.Dir(name), found)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for site, n := range found {
		if r := findRule(site[0], site[1]); r == nil || r.atMost != n {
			t.Errorf("the sources have %s %d times in %s; the table of allow.go has %+v", site[1], n, site[0], r)
		}
	}
	for _, r := range allowed {
		if n := found[[2]string{r.function, r.instruction}]; n == 0 && strings.HasPrefix(r.function, module) {
			t.Errorf("the table of allow.go has %+v, which is not in the sources", r)
		}
	}
}

// countSites counts by function, as the linker names it, and instruction.
func countSites(source, pkg string, found map[[2]string]int) {
	function := ""
	for line := range strings.Lines(source) {
		if m := textLine.FindStringSubmatch(line); m != nil {
			function = strings.Replace(m[1], "·", ".", 1)
			if strings.HasPrefix(function, ".") {
				function = pkg + function
			}
		}
		line = wholeLine.ReplaceAllString(line, "")
		if !strings.Contains(line, "BYTE") {
			line = lineEnding.ReplaceAllString(line, "")
		}
		for instruction, spelling := range spellings {
			found[[2]string{function, instruction}] += len(spelling.FindAllString(line, -1))
			if found[[2]string{function, instruction}] == 0 {
				delete(found, [2]string{function, instruction})
			}
		}
	}
}

func TestEveryRuleSaysWhy(t *testing.T) {
	for _, r := range allowed {
		if r.reason == "" || r.atMost < 1 || findRule(r.function, r.instruction).reason != r.reason {
			t.Errorf("rule %+v has no reason, no sites, or stands there twice", r)
		}
	}
}

func TestStrays(t *testing.T) {
	for function, want := range map[string]bool{
		"golang.org/x/sys/unix.SyscallNoError":                    true,
		"golang.org/x/sys/unix.RawSyscallNoError":                 true,
		"example.org/copy/internal/unix.RawSyscallNoError":        true,
		"vendor/golang.org/x/sys/unix.SyscallNoError":             true,
		"golang.org/x/sys/unix.Syscall":                           false,
		"example.org/notunix.SyscallNoError":                      false,
		"gvisor.dev/gvisor/pkg/abi/linux/unix.RawSyscallNoErrors": false,
	} {
		if isStray(function) != want {
			t.Errorf("isStray(%q) = %v", function, !want)
		}
	}
}
