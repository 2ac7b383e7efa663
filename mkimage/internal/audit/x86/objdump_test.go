// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Objdump as a second opinion on where instructions begin.

package x86

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// line is one instruction as objdump prints it.
type line struct {
	offset int
	text   string
}

// objdump disassembles code from offset 0 and calls f for each line, in order,
// and at last with the offset of the end.
func objdump(t *testing.T, code []byte, f func(line)) {
	t.Helper()
	tool, err := exec.LookPath("objdump")
	if err != nil {
		t.Fatal("objdump is missing: install binutils (apt-get install binutils)")
	}
	file := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(file, code, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, "-D", "-z", "-w", "--no-show-raw-insn", "-b", "binary", "-m", "i386:x86-64", file)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(out); s.Scan(); {
		if l, ok := parseLine(s.Text()); ok {
			f(l)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("objdump: %v", err)
	}
	f(line{offset: len(code)})
}

// parseLine reads "  1f:\tmov ...".
func parseLine(s string) (line, bool) {
	address, text, found := strings.Cut(s, ":\t")
	if !found {
		return line{}, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(address), 16, 63)
	return line{int(n), text}, err == nil
}
