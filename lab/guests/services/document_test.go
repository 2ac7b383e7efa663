// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The commands of docs/qrexec.md, as they stand there. Host; boots domains.

package services

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

const heading = "## qrexec on plain Xen"

// TestDocument types what docs/qrexec.md has of plain Xen: on this machine, in dom0, and in a Linux domain with the
// name that it gives it. What the document says in words between the commands, the test does by itself: it carries files, and
// makes dom0 an agent too. README has no command that is not in the document.
func TestDocument(t *testing.T) {
	domtest.NeedLong(t)
	blocks := domtest.Blocks(t, "docs/qrexec.md", heading)
	if len(blocks) != 4 {
		t.Fatalf("the section has %d blocks of commands; the test knows what to do with 4", len(blocks))
	}
	for _, line := range slices.Concat(domtest.Blocks(t, "README.md", heading)...) {
		if !slices.ContainsFunc(slices.Concat(blocks...), func(l string) bool { return command(l) == command(line) }) {
			t.Errorf("README has a command that docs/qrexec.md has not: %s", line)
		}
	}
	dir := domtest.Sources(t)
	domtest.Typed(t, dir, blocks[0])

	dom0 := labtest.Need(t).Remote
	domtest.Carry(t, dom0, dir, "/root", "relay", "relay.ramdisk", "relay.cfg", "echo", "echo.cfg", "domlet-ctl")
	work := domtest.Called(t, 1, "work")
	domtest.Dom0(t, "rm", "-f", console) // xenconsoled appends to an earlier one's
	for _, line := range blocks[1] {
		typed(t, dom0, "/root", line)
	}
	consoleSays(t, "the agent of echo, domain ")

	domtest.Carry(t, work, dir, "/tmp", "domlet-qrexec-agent", "domlet-qrexec")
	const news = "what is new today\n"
	if err := work.PutFrom(t.Context(), strings.NewReader(news), "/etc/motd", "", 0o644); err != nil {
		t.Fatal(err)
	}
	typed(t, work, "/tmp", blocks[2][0])
	consoleSays(t, "the agent of work, domain ")
	if got, want := typed(t, work, "/tmp", blocks[2][1]), fmt.Sprintf("%x\n", sha256.Sum256([]byte(news))); got != want {
		t.Errorf("the hash is %q, want %q", got, want)
	}
	consoleSays(t, "domlet.Hash+ of \"echo\" for work: allowed by /etc/qubes/policy.d/30-mine.policy:1")

	domtest.Carry(t, dom0, dir, "/usr/bin", "domlet-qrexec-agent", "domlet-qrexec")
	domtest.Carry(t, dom0, dir+"/calls.d", "/root", "30-mine.policy")
	typed(t, dom0, "/root", "./domlet-ctl attach -as qrexec 0 relay")
	typed(t, dom0, "/root", "domlet-qrexec-agent -relay &")
	consoleSays(t, "the agent of dom0, domain 0")
	if got := typed(t, dom0, "/root", blocks[3][0]); got != "30-mine\n" {
		t.Errorf("the policy's files are %q", got)
	}
	typed(t, dom0, "/root", blocks[3][1])
	consoleSays(t, "policy.Replace+30-mine of \"@adminvm\" for dom0: allowed")
}

// command is a line without its comment.
func command(line string) string {
	line, _, _ = strings.Cut(line, " #")
	return strings.TrimSpace(line)
}

// undo takes back what a command did in dom0.
var undo = map[string]string{
	"xl create relay.cfg":                       "xl destroy relay",
	"xl create echo.cfg":                        "xl destroy echo",
	"./domlet-ctl attach -as qrexec echo relay": "./domlet-ctl detach echo relay",
	"./domlet-ctl attach -as qrexec work relay": "./domlet-ctl detach work relay",
	"./domlet-ctl attach -as qrexec 0 relay":    "./domlet-ctl detach 0 relay",
}

// typed runs a command as root's shell would, and returns what it printed. One that ends with & goes on until the test ends.
func typed(t *testing.T, on *lab.Remote, dir, line string) string {
	t.Helper()
	line = command(line)
	if stays, ok := strings.CutSuffix(line, "&"); ok {
		domtest.Process(t, on, nil, "sh", "-c", "cd "+dir+"; exec "+stays)
		return ""
	}
	out := domtest.Process(t, on, strings.NewReader(""), "sh", "-c", "cd "+dir+"; "+line).Succeed()
	if back, ok := undo[line]; ok {
		t.Cleanup(func() {
			if _, err := on.Output(context.Background(), "sh", "-c", "cd "+dir+"; "+back); err != nil {
				t.Error(err)
			}
		})
	}
	return out
}

// console is what xenconsoled writes of the relay's console.
const console = "/var/log/xen/console/guest-relay.log"

// consoleSays waits until the relay's console has a text.
func consoleSays(t *testing.T, text string) {
	t.Helper()
	var said string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if said = domtest.Dom0(t, "sh", "-c", "! test -e "+console+" || cat "+console); strings.Contains(said, text) {
			return
		}
	}
	t.Fatalf("the relay's console has no %q:\n%s", text, said)
}
