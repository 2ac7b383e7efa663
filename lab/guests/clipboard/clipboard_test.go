// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is copied in one domain is pasted in another, and is nowhere afterwards. Host;
// boots domains.

package clipboard

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

// exit codes of domlet-clip.
const (
	emptyCode  = 3
	deniedCode = 4
)

// TestCopyPaste: a domain copies, another one may not paste, and that is logged; a
// third one may. The contents are once in the memory of the clipboard's domain
// before that, and not at all after it.
func TestCopyPaste(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		h := open(t, mode)
		text := marker()
		h.client(h.a, text, "copy").Succeed()
		h.says("audit: copy by="+h.a, "bytes=32", `result="ok"`)
		h.traces("after the copy", text, 1)
		if got := h.client(h.c, "", "paste").Code(deniedCode); strings.Contains(got, text) {
			t.Error("the refused domain printed the contents")
		}
		h.says("audit: paste by="+h.c, `result="not allowed"`, "denied by ", "30-test.policy:1")
		if got := h.client(h.b, "", "paste").Succeed(); got != text {
			t.Errorf("pasted %q, want %q", got, text)
		}
		h.says("audit: paste by="+h.b, "of="+h.a, `result="ok"`, "allowed by ", "30-test.policy:2")
		h.traces("after the paste", text, 0)
		h.inDom0("", "paste").Code(emptyCode)
		if strings.Contains(h.domain.Said(), text) {
			t.Error("the contents are in the log")
		}
	})
}

// TestDestroyedMidCopy: a domain that is destroyed in the middle of a copy leaves
// nothing of it, and what was there before.
func TestDestroyedMidCopy(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		h := open(t, mode)
		older, text := marker(), marker()
		h.inDom0(older, "copy").Succeed()
		half := domtest.Fed(t, h.a, nil, mode, []string{"-memory", "16"}, "./lab/guests/clipboard/halfway", text)
		half.Expect("half of it is there", 1, patience)
		h.traces("in the middle of the copy", text, 1)
		domtest.Dom0(t, "xl", "destroy", h.a)
		h.says("audit: copy by="+h.a, "given up")
		h.traces("after a copy that nobody completed", text, 0)
		if got := h.inDom0("", "paste").Succeed(); got != older {
			t.Errorf("pasted %q, want what was there before, %q", got, older)
		}
	})
}

// TestRestart: the clipboard's domain is destroyed, and another one started in its
// place, while one client watches and another one waits to copy.
func TestRestart(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		h := open(t, mode)
		h.anew(h.dom0)
	})
}

// anew is TestRestart with a client that watches, and pastes in the end.
func (h *house) anew(watcher linux) {
	h.t.Helper()
	watch := h.on(watcher, "", "watch")
	watch.Expect("empty\n", 1, patience)
	domtest.Dom0(h.t, "xl", "destroy", h.service)
	h.domain.End(patience)
	text := marker()
	waiting := h.client(h.a, text, "copy")
	domtest.Number(h.t, h.dom0.Remote, h.a, nil)
	h.start()
	waiting.Succeed()
	watch.Expect("bytes=32 type=text/plain;charset=utf-8 from="+h.a, 1, patience)
	if got := h.on(watcher, "", "paste").Succeed(); got != text {
		h.t.Errorf("pasted %q, want %q", got, text)
	}
	watch.Expect("empty\n", 2, patience)
	watch.Stop()
}

// TestConfig: what the README has the reader call writes a configuration that gives
// the clipboard's domain nothing that it does not need.
func TestConfig(t *testing.T) {
	domtest.NeedLab(t)
	image := filepath.Join(t.TempDir(), "clipboard")
	got := domtest.Run(t, patience, domtest.Mkimage(t), "cfg", "-o", image, servicePackage)
	want := `name = "clipboard"
type = "pv"
kernel = "` + image + `"
memory = 16
vcpus = 1
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
on_watchdog = "destroy"
`
	if got.Code != 0 || got.Stdout != want {
		t.Errorf("code %d\n%s", got.Code, got.Tail())
	}
}
