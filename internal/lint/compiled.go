// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the compiler made of privileged code: the calls into the Go runtime that it added. Host only.

package lint

import (
	"bytes"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// runtimeCalls lists what privileged code may call in the Go runtime: nothing here allocates, locks, or needs a P.
var runtimeCalls = []string{
	"runtime.duffcopy",
	"runtime.duffzero",
	"runtime.memclrNoHeapPointers",
	"runtime.memequal",
	"runtime.memmove",
	"runtime.morestack_noctxt", // never taken: the stack guards of a kernel stack are set so
	"runtime.panicBounds",      // a bug in the kernel: ends the domain
	"runtime.panicdivide",
	"runtime.panicshift",
	"runtime.panicunsafeslicelen",
	"runtime.panicunsafeslicenilptr",
	"runtime.panicunsafestringlen",
	"runtime.panicunsafestringnilptr",
}

// Call is one call in compiled code.
type Call struct {
	Func   string // symbol that calls
	Target string // symbol called; a register or memory operand where the call is indirect
	Pos    string // file:line
	Direct bool
}

// Privileged compiles packages as privileged code (-+), and returns the calls that such code may not make: into the runtime
// outside the allow-list, and indirect ones, which are interfaces or closures. dir is where the go command runs.
func Privileged(dir, tags string, pkgs ...string) ([]Call, error) {
	calls, err := Compile(dir, tags, pkgs...)
	return slices.DeleteFunc(calls, Call.allowed), err
}

// allowed reports whether privileged code may make the call. A symbol that calls itself is the wrapper that lets assembly, or
// the runtime, call a function of the package by that name.
func (c Call) allowed() bool {
	return c.Direct && (c.Target == c.Func || !strings.HasPrefix(c.Target, "runtime.") || slices.Contains(runtimeCalls, c.Target))
}

// Compile compiles packages with -+ and returns every call in them.
func Compile(dir, tags string, pkgs ...string) ([]Call, error) {
	args := []string{"build", "-tags", tags}
	for _, p := range pkgs {
		args = append(args, "-gcflags="+p+"=-+ -S")
	}
	cmd := exec.Command("go", append(args, pkgs...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go build with -+: %w\n%s", err, withoutListing(out))
	}
	return parseListing(out), nil
}

// The lines of a compiler's listing: a function's first, and a call in it.
var (
	textLine = regexp.MustCompile(`^(\S.*) STEXT `)
	callLine = regexp.MustCompile(`^\t0x[0-9a-f]+ \d+ \((.*?)\)\t(CALL|JMP)\t(\S+)$`)
)

func parseListing(out []byte) []Call {
	var calls []Call
	var fn string
	for line := range bytes.Lines(out) {
		l := strings.TrimRight(string(line), "\n")
		if m := textLine.FindStringSubmatch(l); m != nil {
			fn = m[1]
		}
		if m := callLine.FindStringSubmatch(l); m != nil {
			target, direct := strings.CutSuffix(m[3], "(SB)")
			if direct || m[2] == "CALL" { // a jump by register is a switch
				calls = append(calls, Call{fn, target, m[1], direct})
			}
		}
	}
	return calls
}

// listing matches the other lines of a compiler's listing: symbols, and what is in them.
var listing = regexp.MustCompile(`^\t(0x|rel )| S[A-Z]{3,} .*size=`)

// withoutListing leaves the compiler's messages and drops its listing, and the headings of packages without a message.
func withoutListing(out []byte) string {
	var b strings.Builder
	var heading []byte
	for line := range bytes.Lines(out) {
		switch {
		case listing.Match(line):
		case bytes.HasPrefix(line, []byte("# ")):
			heading = line
		default:
			b.Write(heading)
			b.Write(line)
			heading = nil
		}
	}
	return b.String()
}
