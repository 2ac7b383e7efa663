// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The README's five minutes, as they stand there. Host; boots domains.

package clipboard

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// TestReadme types what the README's section about the clipboard's domain has: on this
// machine, in dom0, and in two Linux domains with the names that it gives them. What it
// says in words between the commands, the test does by itself: it carries files.
func TestReadme(t *testing.T) {
	domtest.NeedLong(t)
	blocks := domtest.Blocks(t, "README.md", "## A clipboard domain in five minutes, on plain Xen")
	if len(blocks) != 4 {
		t.Fatalf("the section has %d blocks of commands; the test knows what to do with 4", len(blocks))
	}
	dir := domtest.Sources(t)
	domtest.Typed(t, dir, blocks[0])

	dom0 := labtest.Need(t)
	domtest.Carry(t, dom0.Remote, dir, "/root", "clipboard", "clipboard.ramdisk", "clipboard.cfg")
	domtest.Carry(t, dom0.Remote, dir, "/usr/bin", "domlet-ctl")
	work, personal := domtest.Called(t, 1, "work"), domtest.Called(t, 2, "personal")
	for _, line := range blocks[1] {
		typed(t, line)
	}
	consoleSays(t, "work: is served", "personal: is served")

	domtest.Carry(t, work, dir, "/usr/bin", "domlet-clip")
	domtest.Carry(t, personal, dir, "/usr/bin", "domlet-clip")
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
