// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The README's five minutes, as they stand there. Host; boots domains.

package clipboard

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// top is the repository.
const top = "../../.."

// TestReadme types what the README's section about the clipboard's domain has: on this
// machine, in dom0, and in two Linux domains with the names that it gives them. What it
// says in words between the commands, the test does by itself: it carries files.
func TestReadme(t *testing.T) {
	domtest.NeedLong(t)
	blocks := readme(t)
	if len(blocks) != 4 {
		t.Fatalf("the section has %d blocks of commands; the test knows what to do with 4", len(blocks))
	}
	dir := sources(t)
	here(t, "sh", "-ec", "cd "+dir+"\n"+strings.Join(blocks[0], "\n"))

	dom0 := labtest.Need(t)
	carry(t, dom0.Remote, dir, "/root", "clipboard", "clipboard.ramdisk", "clipboard.cfg")
	carry(t, dom0.Remote, dir, "/usr/bin", "domlet-ctl")
	work, personal := called(t, 1, "work"), called(t, 2, "personal")
	for _, line := range blocks[1] {
		typed(t, line)
	}
	consoleSays(t, "work: is served", "personal: is served")

	carry(t, work, dir, "/usr/bin", "domlet-clip")
	carry(t, personal, dir, "/usr/bin", "domlet-clip")
	const news = "what is new today\n"
	if err := work.PutFrom(t.Context(), strings.NewReader(news), "/etc/motd", "", 0o644); err != nil {
		t.Fatal(err)
	}
	domtest.Process(t, work, strings.NewReader(""), "sh", "-c", blocks[2][0]).Succeed()
	if got := domtest.Process(t, personal, strings.NewReader(""), "sh", "-c", blocks[2][1]).Succeed(); got != news {
		t.Errorf("pasted %q, want %q", got, news)
	}
	consoleSays(t, "audit: copy by=work", "audit: paste by=personal")
}

// readme returns the section's blocks of commands.
func readme(t *testing.T) (blocks [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## A clipboard domain in five minutes")
	section, _, _ = strings.Cut(section, "\n## ")
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

// sources copies the repository, for what is built there to stand in nobody's way.
func sources(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	names, err := filepath.Glob(filepath.Join(top, "[^.]*"))
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		if names[i], err = filepath.Abs(name); err != nil {
			t.Fatal(err)
		}
	}
	here(t, append(append([]string{"cp", "-r"}, names...), dir)...)
	return dir
}

// here runs a command on this machine.
func here(t *testing.T, command ...string) {
	t.Helper()
	if r := domtest.Run(t, 5*patience, command[0], command[1:]...); r.Code != 0 {
		t.Fatalf("code %d\n%s", r.Code, r.Tail())
	}
}

// carry copies files to a Linux system, until the test ends.
func carry(t *testing.T, to *lab.Remote, from, dir string, names ...string) {
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

// called gives a Linux domain a name, until the test ends.
func called(t *testing.T, number int, name string) *lab.Remote {
	t.Helper()
	dom0 := labtest.Need(t)
	guest, err := dom0.LinuxGuest(t.Context(), number)
	if err != nil {
		t.Fatal(err)
	}
	domtest.Dom0(t, "xl", "rename", lab.LinuxName(number), name)
	t.Cleanup(func() {
		guest.Close()
		if _, err := dom0.Output(context.Background(), "xl", "rename", name, lab.LinuxName(number)); err != nil {
			t.Error(err)
		}
	})
	return guest
}

// undo takes back what a command of the README's did in dom0.
var undo = map[string]string{
	"xl create clipboard.cfg":              "xl destroy clipboard",
	"domlet-ctl attach work clipboard":     "domlet-ctl detach work clipboard",
	"domlet-ctl attach personal clipboard": "domlet-ctl detach personal clipboard",
}

// typed runs a command in dom0 as root's shell would.
func typed(t *testing.T, line string) {
	t.Helper()
	line, _, _ = strings.Cut(line, "#")
	line = strings.TrimSpace(line)
	if stays, ok := strings.CutSuffix(line, "&"); ok {
		domtest.Process(t, labtest.Need(t).Remote, nil, "sh", "-c", "exec "+stays)
		return
	}
	domtest.Dom0(t, "sh", "-c", "cd /root; "+line)
	if back, ok := undo[line]; ok {
		t.Cleanup(func() {
			if _, err := labtest.Need(t).Output(context.Background(), "sh", "-c", back); err != nil {
				t.Error(err)
			}
		})
	}
}

// consoleSays waits until the clipboard's console has all of these texts.
func consoleSays(t *testing.T, texts ...string) {
	t.Helper()
	var said string
	lacks := func(text string) bool { return !strings.Contains(said, text) }
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		said = domtest.Dom0(t, "cat", "/var/log/xen/console/guest-clipboard.log")
		if !slices.ContainsFunc(texts, lacks) {
			return
		}
	}
	t.Fatalf("the clipboard's console has not all of %q:\n%s", texts, said)
}
