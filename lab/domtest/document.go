// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Commands of a document, for a test to type as a reader would. Host; boots domains.

package domtest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/labtest"
)

// Blocks returns the indented blocks of a section of a document of the repository, line by line. The section goes from its
// heading to the next one of its level.
func Blocks(t *testing.T, file, heading string) (blocks [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top(), file))
	if err != nil {
		t.Fatal(err)
	}
	level, _, _ := strings.Cut(heading, " ")
	_, section, found := strings.Cut(string(text), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %q", file, heading)
	}
	section, _, _ = strings.Cut(section, "\n"+level+" ")
	inside := false
	for line := range strings.Lines(section) {
		command, is := strings.CutPrefix(line, "    ")
		if is && !inside {
			blocks = append(blocks, nil)
		}
		if inside = is; is {
			blocks[len(blocks)-1] = append(blocks[len(blocks)-1], strings.TrimSpace(command))
		}
	}
	return blocks
}

// Sources copies the repository, for what is built there to stand in nobody's way.
func Sources(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	names, err := filepath.Glob(filepath.Join(top(), "[^.]*"))
	if err != nil {
		t.Fatal(err)
	}
	r := Run(t, 10*time.Minute, "cp", append(append([]string{"-r"}, names...), dir)...)
	if r.Code != 0 {
		t.Fatalf("code %d\n%s", r.Code, r.Tail())
	}
	return dir
}

// Typed runs lines of the shell in a directory of this machine.
func Typed(t *testing.T, dir string, lines []string) {
	t.Helper()
	if r := Run(t, 10*time.Minute, "sh", "-ec", "cd "+dir+"\n"+strings.Join(lines, "\n")); r.Code != 0 {
		t.Fatalf("code %d\n%s", r.Code, r.Tail())
	}
}

// Carry copies files to a directory of a Linux system, until the test ends.
func Carry(t *testing.T, to *lab.Remote, from, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := to.Put(t.Context(), filepath.Join(from, name), dir); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := to.Output(context.Background(), "rm", dir+"/"+name); err != nil {
				t.Error(err)
			}
		})
	}
}

// Called gives one of the lab's Linux domains a name, until the test ends.
func Called(t *testing.T, number int, name string) *lab.Remote {
	t.Helper()
	dom0 := labtest.Need(t)
	guest, err := dom0.LinuxGuest(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	Dom0(t, "xl", "rename", lab.LinuxName(number), name)
	t.Cleanup(func() {
		guest.Close()
		if _, err := dom0.Output(context.Background(), "xl", "rename", name, lab.LinuxName(number)); err != nil {
			t.Error(err)
		}
	})
	return guest
}
