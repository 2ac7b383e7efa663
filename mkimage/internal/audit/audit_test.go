// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The gate, on a program linked with and without symbols. Host only.

package audit

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// build links the program in testdata and takes the runtime's own system calls
// away, which in an image the overlay does.
func build(t *testing.T, ldflags string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command("go", "build", "-ldflags="+ldflags, "-o", out, "./testdata/program")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	report, err := Inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range report.Sites {
		if s.Verdict == Refused && s.Instruction == "SYSCALL" && ofTheRuntime(s.Function) {
			copy(at(t, file, s.Function, s.Offset), "\x0f\x0b")
		}
	}
	return file
}

// at gives the code from an offset of a function on.
func at(t *testing.T, file []byte, function string, offset uint64) []byte {
	t.Helper()
	p, err := open(file)
	if err != nil {
		t.Fatal(err)
	}
	f := p.table.LookupFunc(function)
	if f == nil {
		t.Fatalf("no function %s", function)
	}
	return p.bytes(f.Entry+offset, f.End)
}

func TestGate(t *testing.T) {
	for _, ldflags := range []string{"", "-s -w"} {
		file := build(t, ldflags)
		before := bytes.Clone(file)
		report, patched, err := Gate(file)
		if err != nil || !patched {
			t.Fatalf("ldflags %q: patched %v, error: %v", ldflags, patched, err)
		}
		checkSites(t, report)
		if report.Functions < 1000 || report.Instructions < 100_000 || report.Bytes < 500_000 {
			t.Errorf("only %d functions, %d instructions, %d bytes", report.Functions, report.Instructions, report.Bytes)
		}
		checkRewritten(t, before, file)
		if _, patched, err := Gate(file); patched || err != nil {
			t.Errorf("second time: patched %v, error: %v", patched, err)
		}
	}
}

// checkSites compares the sites of the test program with what is in it.
func checkSites(t *testing.T, report Report) {
	t.Helper()
	want := map[string]Verdict{
		"domlet.door":                             Allowed,
		"golang.org/x/sys/unix.SyscallNoError":    Rewritten,
		"golang.org/x/sys/unix.RawSyscallNoError": Rewritten,
	}
	for _, s := range report.Sites {
		if v, ok := want[s.Function]; !ok || v != s.Verdict || s.Instruction != "SYSCALL" || s.Line == 0 {
			t.Errorf("unexpected site %+v", s)
		}
		delete(want, s.Function)
	}
	if len(want) != 0 {
		t.Errorf("no sites in %v", want)
	}
}

// checkRewritten makes sure that two SYSCALLs became UD2 and nothing else changed.
func checkRewritten(t *testing.T, before, after []byte) {
	t.Helper()
	changed := 0
	for i := range before {
		if before[i] == after[i] {
			continue
		}
		changed++
		if before[i-1] != 0x0f || before[i] != 0x05 || after[i] != 0x0b {
			t.Errorf("byte %#x changed from %#x to %#x", i, before[i], after[i])
		}
	}
	if changed != 2 {
		t.Errorf("%d bytes changed, want 2", changed)
	}
}

// programHeader gives the header of the first loaded segment with the flags.
func programHeader(t *testing.T, file []byte, flags uint32) []byte {
	t.Helper()
	const first, size, load = 64, 56, 1
	for h := file[first:]; len(h) >= size; h = h[size:] {
		if binary.LittleEndian.Uint32(h) == load && binary.LittleEndian.Uint32(h[4:]) == flags {
			return h
		}
	}
	t.Fatalf("no segment with flags %d", flags)
	return nil
}

func TestRefused(t *testing.T) {
	linked := build(t, "-s -w")
	for name, test := range map[string]struct {
		damage func(t *testing.T, file []byte)
		want   string // part of the error
	}{
		"system call": {
			func(t *testing.T, file []byte) { copy(at(t, file, "main.victim", 0), "\x0f\x05") },
			"testdata/program/main.go:20): SYSCALL: ",
		},
		"halt":      {func(t *testing.T, file []byte) { copy(at(t, file, "main.victim", 0), "\xf4") }, "HLT: not possible in a domain"},
		"interrupt": {func(t *testing.T, file []byte) { copy(at(t, file, "main.victim", 0), "\xcd\x80") }, "INT n: not possible in a domain"},
		"overlay":   {func(t *testing.T, file []byte) { copy(at(t, file, "runtime.futex", 0), "\x0f\x05") }, "the overlay should have replaced"},
		"one too many": {
			func(t *testing.T, file []byte) { copy(at(t, file, "domlet.door", 2), "\x0f\x05") },
			"domlet.door+0x2",
		},
		"no door":   {func(t *testing.T, file []byte) { copy(at(t, file, "domlet.door", 0), "\x0f\x0b") }, "no hypercalls: domlet is not linked in"},
		"no code":   {func(t *testing.T, file []byte) { copy(at(t, file, "main.victim", 0), "\x06") }, "main.go:20): undecodable bytes"},
		"runs over": {func(t *testing.T, file []byte) { last := at(t, file, "domlet.door", 0); last[len(last)-1] = 0xe9 }, Undecodable},
		"signature": {func(t *testing.T, file []byte) { copy(at(t, file, markers+"StandardCrypto", 0), "\x90") }, markers + "StandardCrypto"},
		"writable":  {func(t *testing.T, file []byte) { programHeader(t, file, 5)[4] = 7 }, "is writable and executable"},
		"more code": {func(t *testing.T, file []byte) { programHeader(t, file, 4)[4] = 5 }, "executable bytes outside .text"},
		"common page": {func(t *testing.T, file []byte) {
			copy(programHeader(t, file, 6)[16:], programHeader(t, file, 5)[16:24])
		}, "shares a page"},
		"PIE":    {func(t *testing.T, file []byte) { file[16] = 3 }, "not a static program"},
		"arm64":  {func(t *testing.T, file []byte) { file[18] = 183 }, "not a program for x86-64"},
		"no ELF": {func(t *testing.T, file []byte) { file[0] = '#' }, "not an ELF file"},
		"old function table": {
			func(t *testing.T, file []byte) {
				file[bytes.Index(file, []byte("\xf1\xff\xff\xff\x00\x00\x01\x08"))] = 0xfb
			},
			"function table",
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := bytes.Clone(linked)
			test.damage(t, file)
			before := bytes.Clone(file)
			_, patched, err := Gate(file)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if patched || !bytes.Equal(before, file) {
				t.Error("the file was changed in spite of the error")
			}
		})
	}
}

// TestDamagedFiles makes sure that nothing in a file makes the gate panic.
func TestDamagedFiles(t *testing.T) {
	linked := build(t, "-s -w")
	pclntab := bytes.Index(linked, []byte("\xf1\xff\xff\xff\x00\x00\x01\x08"))
	random := rand.New(rand.NewSource(1))
	for range 200 {
		file := bytes.Clone(linked)
		start := []int{0, 64, pclntab, len(file) - 0x800}[random.Intn(4)]
		for range 1 + random.Intn(3) {
			file[start+random.Intn(0x400)] ^= byte(1 << random.Intn(8))
		}
		if random.Intn(8) == 0 {
			file = file[:random.Intn(len(file))]
		}
		Gate(file)
	}
}

func TestManyErrors(t *testing.T) {
	r := Report{Sites: make([]Site, 100)}
	for i := range r.Sites {
		r.Sites[i] = Site{Function: "main.f", Instruction: "HLT"}
	}
	lines := strings.Split(judge(nil, &r).Error(), "\n")
	if len(lines) != maxErrors+1 || lines[maxErrors] != "and 81 more of the kind" {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

// BenchmarkGate is the cost of one link, per byte of code, in a real program.
func BenchmarkGate(b *testing.B) {
	file, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		b.Fatal(err)
	}
	report, err := Inspect(file)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(report.Bytes))
	for b.Loop() {
		if _, err := Inspect(file); err != nil {
			b.Fatal(err)
		}
	}
}
