// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// The table against its list, and the list against what it promises.

package posix

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// listed is one line of calls.txt.
type listed struct {
	number int
	name   string
	answer string // "=" when served
}

func readCalls() []listed {
	text, err := os.ReadFile("calls.txt")
	if err != nil {
		panic(err)
	}
	var list []listed
	line := regexp.MustCompile(`(?m)^(\d+) (\w+)(?:\([^)]*\))? ([=:]) `)
	for _, m := range line.FindAllSubmatch(text, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		list = append(list, listed{n, string(m[2]), string(m[3])})
	}
	return list
}

func TestTableIsGenerated(t *testing.T) {
	made := filepath.Join(t.TempDir(), "table.go")
	if out, err := exec.Command("go", "run", "./internal/gentable", "calls.txt", made).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, _ := os.ReadFile(made)
	got, _ := os.ReadFile("table.go")
	if !bytes.Equal(got, want) {
		t.Error("table.go is not what calls.txt says: run go generate ./rt/posix")
	}
}

// TestListIsComplete: Linux gave amd64 the numbers 0 to 336 and, shared with
// the other machines, 424 and on.
func TestListIsComplete(t *testing.T) {
	next := 0
	for _, c := range readCalls() {
		if next == 337 {
			next = 424
		}
		if c.number != next {
			t.Fatalf("number %d is missing", next)
		}
		next++
	}
	if next <= 471 {
		t.Errorf("the list ends before %d", next)
	}
}

func TestServedAndRefused(t *testing.T) {
	for _, c := range readCalls() {
		e := entries[index[c.number]]
		if (c.answer == ":") != (e.kind == refused) {
			t.Errorf("%d %s: listed with %q, the table disagrees", c.number, c.name, c.answer)
		}
		if e.kind == refused && e.value == 0 {
			t.Errorf("%d %s is refused without an errno", c.number, c.name)
		}
	}
}

func TestRefusals(t *testing.T) {
	s, _ := newSystem()
	for name, want := range map[string]Errno{
		"bind":          ENOTSOCK,
		"clone":         ENOSYS,
		"fork":          ENOSYS,
		"execve":        ENOSYS,
		"ptrace":        ENOSYS,
		"epoll_create1": ENOSYS,
		"eventfd2":      ENOSYS,
		"mount":         EPERM,
		"sethostname":   EPERM,
	} {
		if _, e := s.do(name, 1, 1, 1); e != want {
			t.Errorf("%s: errno %d, want %d", name, e, want)
		}
	}
	for _, nr := range []uintptr{337, 423, 472, 1 << 20, ^uintptr(0)} {
		if _, e := s.call(&arguments{nr: nr}); e != ENOSYS {
			t.Errorf("call %d: errno %d", nr, e)
		}
	}
}
