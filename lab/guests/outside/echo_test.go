// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Arguments and environment, from the caller into a domain and back. Host; boots
// domains.

package outside

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

const echo = "./lab/guests/echo"

// started is what the guest echo prints.
type started struct{ Args, Env [][]byte }

func bootEcho(t *testing.T, mode string, args, env []string) started {
	t.Helper()
	g := domtest.Guest{Name: "echo", Mode: mode, Pkg: echo, Args: args, Env: env, Memory: 32}
	r := domtest.Boot(t, g)
	domtest.Check(t, g, r)
	var s started
	if err := json.Unmarshal([]byte(r.Stdout), &s); err != nil {
		t.Fatalf("%v\n%s", err, r.Tail())
	}
	return s
}

// awkward are arguments that some layer between a shell and a domain might
// want to understand: xl's configuration, Xen's command line, the kernel's.
var awkward = []string{
	"", " ", "a b", "'", "\"", "\\", "\\x41", "'a'", "\"a\"", "--", "-x", "--memory=1",
	"a=b", "env.A=b", "#", ";", ",", "[", "]", "{}", "$HOME", "`id`", "%s", "*", "?",
	"\t", "\n", "\r", "\x01", "\x1b[0m", "\x7f", "\xff\xfe", "über", "日本", "a\nb", "it's",
}

// TestArguments sends awkward arguments and variables into a domain and wants
// them back as they were.
func TestArguments(t *testing.T) {
	domtest.NeedLab(t)
	env := []string{"PLAIN=1", "EMPTY=", "QUOTED='a \"b\" c'", "MANY=a=b=c", "SPACE= x "}
	domtest.InModes(t, func(t *testing.T, mode string) {
		s := bootEcho(t, mode, awkward, env)
		wantWords(t, s.Args[1:], awkward)
		for _, pair := range env {
			if !slices.ContainsFunc(s.Env, func(b []byte) bool { return string(b) == pair }) {
				t.Errorf("the environment lacks %q", pair)
			}
		}
	})
}

// TestManyArguments sends more than Xen's command line holds: it travels in a
// ramdisk. The arguments are random bytes, NUL left out.
func TestManyArguments(t *testing.T) {
	domtest.NeedLab(t)
	random := rand.New(rand.NewPCG(1, 2))
	args := make([]string, 400)
	for i := range args {
		var b strings.Builder
		for range random.IntN(60) {
			b.WriteByte(byte(1 + random.IntN(255)))
		}
		args[i] = b.String()
	}
	domtest.InModes(t, func(t *testing.T, mode string) { wantWords(t, bootEcho(t, mode, args, nil).Args[1:], args) })
}

// TestShortArguments sends thousands of arguments of one letter: what the kernel
// writes for them is many times as long as the line it reads.
func TestShortArguments(t *testing.T) {
	domtest.NeedLab(t)
	args := make([]string, 6000)
	for i := range args {
		args[i] = string(rune('a' + i%26))
	}
	domtest.InModes(t, func(t *testing.T, mode string) { wantWords(t, bootEcho(t, mode, args, nil).Args[1:], args) })
}

func wantWords(t *testing.T, got [][]byte, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d arguments arrived, %d were sent", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if string(got[i]) != want[i] {
			t.Errorf("argument %d is %q, want %q", i, got[i], want[i])
		}
	}
}
