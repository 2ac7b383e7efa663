// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The clipboard behind qrexec, as a domain. Host; boots domains.

package services

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

// TestQrexecClipboard: a domain of domlet's copies by calling the clipboard's domain,
// and dom0 pastes; what dom0 copied that domain may not paste, by the clipboard's own
// policy, and that is logged.
func TestQrexecClipboard(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		me, clip := domtest.Unique(), domtest.Unique()
		o := newOffice(t, mode, fmt.Sprintf("domlet.ClipboardCopy * * %[1]s allow\ndomlet.ClipboardPaste * * %[1]s allow\n", clip))
		dom0 := o.dom0(nil)
		holder := o.clipboard(clip, fmt.Sprintf("clipboard.Paste * %s @adminvm allow\nclipboard.Paste * * * deny\n", me))
		c := o.caller(me)
		o.here(me, 1)
		c.does("code 0", "call", clip, "domlet.ClipboardCopy", "5000")
		if got := dom0.call(0, nil, clip, "domlet.ClipboardPaste"); len(got) != 5000 {
			t.Errorf("dom0 pasted %d bytes: %.100q", len(got), got)
		}
		c.does("code 1", "call", clip, "domlet.ClipboardCopy", "64001")
		dom0.call(0, []byte("of dom0's"), clip, "domlet.ClipboardCopy")
		c.does("code 1", "call", clip, "domlet.ClipboardPaste", "0")
		holder.Expect("30-test.policy:2", 1, slow)
	})
}

// clipboard starts the clipboard's domain with a policy of its own.
func (o *office) clipboard(name, policy string) *domtest.Speaker {
	o.t.Helper()
	rules := o.t.TempDir()
	if err := os.WriteFile(filepath.Join(rules, "30-test.policy"), []byte(policy), 0o644); err != nil {
		o.t.Fatal(err)
	}
	flags := []string{"-memory", "32", "-files", rules + ":/etc/domlet/policy.d"}
	d := domtest.Fed(o.t, name, nil, o.mode, flags, "./services/clipboard/byqrexec/domain", "-relay")
	d.Expect("clipboard: ready\n", 1, slow)
	o.attach(name)
	o.here(name, 1)
	return d
}
