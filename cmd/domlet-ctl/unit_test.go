// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The unit for systemd that the documentation has. Host.

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// installed is where the unit has the command.
const installed = "/usr/local/sbin/domlet-ctl"

// unit returns the text of the unit.
func unit(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash("../../docs/who-is-who.md"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		if line, is := strings.CutPrefix(line, "    "); is && (b.Len() > 0 || line == "[Unit]\n") {
			b.WriteString(line)
		} else if b.Len() > 0 && line != "\n" {
			break
		}
	}
	return b.String()
}

// TestUnitCommands: the command understands what the unit calls it with.
func TestUnitCommands(t *testing.T) {
	c, _ := inMemory(t)
	var calls []string
	for line := range strings.Lines(unit(t)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		words, ours := strings.CutPrefix(value, installed+" ")
		if !ours {
			continue
		}
		calls = append(calls, name)
		if args := strings.Fields(words); args[0] == "attach" {
			if err := c.attach(t.Context(), args[1:]); err != nil {
				t.Errorf("%s: %v", words, err)
			}
		} else if words != "watch" {
			t.Errorf("%s: want attach or watch", words)
		}
	}
	if got := strings.Join(calls, " "); got != "ExecStartPre ExecStartPre ExecStart" {
		t.Errorf("the unit calls the command in %q", got)
	}
}

// TestUnitVerified has systemd look at the unit, where there is systemd.
func TestUnitVerified(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("needs systemd-analyze, of Debian's package systemd")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "domlet-ctl.service")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(unit(t), installed, self)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(analyze, "verify", "--man=no", file).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
