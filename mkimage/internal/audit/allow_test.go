// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The table of allowed sites, held against the compiled kernel. Host only.

package audit

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/domlet/domlet/mkimage/internal/audit/goobj"
	"github.com/domlet/domlet/mkimage/internal/audit/x86"
)

const module = "github.com/domlet/domlet/"

// place is an instruction in a function.
type place struct{ function, instruction string }

// compiled counts the sites in all rooms that go into an image.
func compiled(t *testing.T) map[place]int {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-tags=domlet", "-gcflags="+module+"rt/kernel=-+",
		"-f={{.Export}}", module+"rt/...", module+"xen/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[place]int{}
	for archive := range strings.FieldsSeq(string(out)) {
		file, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		functions, err := goobj.Functions(file)
		if err != nil {
			t.Fatalf("%s: %v", archive, err)
		}
		for _, f := range functions {
			count(t, f, found)
		}
	}
	return found
}

// count adds the sites of one function.
func count(t *testing.T, f goobj.Function, found map[place]int) {
	t.Helper()
	for at := 0; at < len(f.Code); {
		inst, ok := x86.Decode(f.Code[at:])
		if !ok {
			t.Fatalf("%s+%#x: %s", f.Name, at, Undecodable)
		}
		if name := inst.Sensitive(); name != "" {
			found[place{f.Name, name}]++
		}
		at += inst.Len
	}
}

func TestTableMatchesKernel(t *testing.T) {
	found := compiled(t)
	for site, n := range found {
		if r := findRule(site.function, site.instruction); r == nil || r.atMost != n {
			t.Errorf("%s has %d × %s; the table of allow.go has %+v", site.function, n, site.instruction, r)
		}
	}
	for _, r := range allowed {
		if found[place{r.function, r.instruction}] == 0 && !r.standIn {
			t.Errorf("the table of allow.go has %+v, but the kernel has no such site", r)
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
