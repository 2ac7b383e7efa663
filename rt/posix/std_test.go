// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// The list of calls against the standard library: what any of its packages can
// call is listed, and each call that is served is made by a test of this package.

package posix

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// made has the calls that tests have made, by number.
var made struct {
	mu    sync.Mutex
	calls map[uintptr]bool
}

func noteMade(nr uintptr) {
	made.mu.Lock()
	defer made.mu.Unlock()
	if made.calls == nil {
		made.calls = map[uintptr]bool{}
	}
	made.calls[nr] = true
}

// TestMain looks, when all tests have passed, for calls that none has made.
func TestMain(m *testing.M) {
	code := m.Run()
	whole := true
	for _, f := range []string{"test.run", "test.skip", "test.list", "test.fuzz", "test.bench"} {
		whole = whole && flag.Lookup(f).Value.String() == ""
	}
	if code == 0 && whole && !testing.Short() {
		code = untested()
	}
	os.Exit(code)
}

// untested names the calls of the standard library that are served and that no
// test has made.
func untested() (code int) {
	used, err := callsOfStd()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for _, c := range readCalls() {
		if user := used[c.number]; user != "" && c.answer == "=" && !made.calls[uintptr(c.number)] {
			fmt.Printf("no test makes the call %s, which %s can\n", c.name, user)
			code = 1
		}
	}
	return code
}

// callsOfStd finds the numbers of calls that the standard library names, each
// with a file that does.
func callsOfStd() (map[int]string, error) {
	list := exec.Command("go", "list", "-f", "{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}\n{{end}}{{range .SFiles}}{{$d}}/{{.}}\n{{end}}", "std")
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list std: %w", err)
	}
	numbers, users := map[string]int{}, map[string]string{}
	defined := regexp.MustCompile(`(?m)^\s*(?:#define )?(SYS_\w+|\w+Trap)\s+(?:uintptr\s*)?=?\s*(\d+)$`)
	named := regexp.MustCompile(`\b(SYS_\w+|[a-z]\w+Trap)\b`)
	for _, file := range strings.Fields(string(out)) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, m := range defined.FindAllSubmatch(text, -1) {
			numbers[string(m[1])], _ = strconv.Atoi(string(m[2]))
		}
		for _, name := range named.FindAll(defined.ReplaceAll(text, nil), -1) {
			users[string(name)] = filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file)
		}
	}
	calls := map[int]string{}
	for name, user := range users {
		if nr, ok := numbers[name]; ok {
			calls[nr] = user
		}
	}
	return calls, nil
}

func TestStdIsListed(t *testing.T) {
	used, err := callsOfStd()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[int]bool{}
	for _, c := range readCalls() {
		listed[c.number] = true
	}
	for _, nr := range slices.Sorted(maps.Keys(used)) {
		if !listed[nr] {
			t.Errorf("call %d, which %s can make, is not in calls.txt", nr, used[nr])
		}
	}
	if len(used) < 100 || used[int(numbers["getrandom"])] == "" || used[int(numbers["futex"])] == "" {
		t.Errorf("only %d calls were found in the standard library", len(used))
	}
}

// TestRefused makes every call that is refused, and compares the errno with the
// list's.
func TestRefused(t *testing.T) {
	values := map[string]Errno{}
	text, err := os.ReadFile("errno.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t(E\w+)\s+Errno = (\d+)`).FindAllSubmatch(text, -1) {
		v, _ := strconv.Atoi(string(m[2]))
		values[string(m[1])] = Errno(v)
	}
	calls, err := os.ReadFile("calls.txt")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := newSystem()
	for _, m := range regexp.MustCompile(`(?m)^\d+ (\w+) : (E\w+) `).FindAllSubmatch(calls, -1) {
		want := values[string(m[2])]
		if _, e := s.do(string(m[1]), 1, 1, 1); e != want || want == 0 {
			t.Errorf("%s: errno %d, want %s, %d", m[1], e, m[2], want)
		}
	}
}

// TestEveryName makes the calls with which names and files are changed by the
// descriptor of a directory, and others that nothing else here makes: what they
// answer, and what can be seen of it.
func TestEveryName(t *testing.T) {
	s, _ := newSystem()
	st := make([]byte, statSize)
	mode := func(path string) uint32 {
		s.must(t, "newfstatat", atCWD, path, st, 0x100) // AT_SYMLINK_NOFOLLOW
		return get32(st[24:])
	}
	s.must(t, "mkdirat", atCWD, "/tmp/d", 0o750)
	if m := mode("/tmp/d"); m != modeDirectory|0o750 {
		t.Errorf("mkdirat: mode %o", m)
	}
	fd := s.must(t, "openat", atCWD, "/tmp/d/f", oCreate|oReadWrite, 0o600)
	s.must(t, "write", fd, []byte("hello"), 5)
	s.must(t, "fdatasync", fd)
	s.must(t, "truncate", "/tmp/d/f", 3)
	s.must(t, "fchmod", fd, 0o640)
	s.must(t, "fchown", fd, 7, 8)
	if m := mode("/tmp/d/f"); m != modeRegular|0o640 || get64(st[48:]) != 3 || get32(st[28:]) != 7 || get32(st[32:]) != 8 {
		t.Errorf("mode %o, %d bytes, user %d, group %d", m, get64(st[48:]), get32(st[28:]), get32(st[32:]))
	}
	s.must(t, "fchmodat", atCWD, "/tmp/d/f", 0o600)
	s.must(t, "fchownat", atCWD, "/tmp/d/f", 1, 2, 0)
	if m := mode("/tmp/d/f"); m != modeRegular|0o600 || get32(st[28:]) != 1 || get32(st[32:]) != 2 {
		t.Errorf("mode %o, user %d, group %d", m, get32(st[28:]), get32(st[32:]))
	}
	when := make([]byte, 32) // access 100 s, modification 200 s after 1970
	when[0], when[16] = 100, 200
	for _, call := range []string{"utimensat", "futimesat"} {
		s.must(t, call, atCWD, "/tmp/d/f", when, 0)
		if mode("/tmp/d/f"); get64(st[72:]) != 100 || get64(st[88:]) != 200 {
			t.Errorf("%s: accessed %d, modified %d", call, get64(st[72:]), get64(st[88:]))
		}
		when[0], when[16] = 100, 200
	}
	when[16] = 201
	if s.must(t, "utimes", "/tmp/d/f", when); mode("/tmp/d/f") != 0 && get64(st[88:]) != 201 {
		t.Errorf("utimes: modified %d", get64(st[88:]))
	}
	s.must(t, "linkat", atCWD, "/tmp/d/f", atCWD, "/tmp/d/g", 0)
	s.must(t, "symlinkat", "g", atCWD, "/tmp/d/s")
	s.must(t, "renameat", atCWD, "/tmp/d/s", atCWD, "/tmp/d/r")
	if m := mode("/tmp/d/r"); m != modeLink|0o777 {
		t.Errorf("symlinkat, renameat: mode %o", m)
	}
	for _, name := range []string{"f", "g", "r"} {
		s.must(t, "unlinkat", atCWD, "/tmp/d/"+name, 0)
	}
	s.must(t, "unlinkat", atCWD, "/tmp/d", 0x200) // AT_REMOVEDIR
	if _, e := s.do("mknodat", atCWD, "/tmp/n", modeDevice|0o600, 0); e == 0 {
		t.Error("mknodat made a device")
	}
}

// TestWhatRootMay makes the calls about users, memory and sockets that nothing
// else here makes.
func TestWhatRootMay(t *testing.T) {
	s, k := newSystem()
	for _, call := range []string{"setgid", "setregid", "setresuid"} {
		s.must(t, call, 0, 0, 0)
		if _, e := s.do(call, 5, 5, 5); e != EPERM {
			t.Errorf("%s to another: errno %d", call, e)
		}
	}
	for _, call := range []string{"mlock", "munlock", "mlockall", "munlockall"} {
		s.must(t, call, 0, 0)
	}
	for _, call := range []string{"sendmsg", "recvmsg", "setsockopt"} {
		if _, e := s.do(call, 1, make([]byte, 64), 0); e != ENOTSOCK {
			t.Errorf("%s to the console: errno %d", call, e)
		}
	}
	if s.do("exit", 3); k.code != 3 {
		t.Errorf("exit: code %d", k.code)
	}
}
