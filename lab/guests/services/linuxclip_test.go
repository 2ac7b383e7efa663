// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Linux domains that call the clipboard by qrexec. Host; boots domains.

package services

import (
	"fmt"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

// TestLinuxClipboard: what a Linux domain copied, another one pastes, once; the clipboard's
// policy keeps the first from pasting it, and the relay's keeps everybody from clearing it.
func TestLinuxClipboard(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		name := domtest.Unique()
		o := newOffice(t, mode, fmt.Sprintf("domlet.ClipboardClear * * * deny notify=no\n* * @anyvm %s allow\n", name))
		work, vault := o.guest(1, nil), o.guest(2, nil)
		clip := o.clipboard(name, fmt.Sprintf("clipboard.Paste * %s %s allow\n", work.name, vault.name))

		const words = "what goes from one to the other"
		work.call(0, []byte(words), name, "domlet.ClipboardCopy")
		work.call(1, nil, name, "domlet.ClipboardPaste")
		clip.Expect("audit: paste by="+work.name, 1, slow)
		clip.Expect("result=\"not allowed\"", 1, slow)
		work.call(126, nil, name, "domlet.ClipboardClear")
		o.relay.Expect("domlet.ClipboardClear+ of \""+name+"\" for "+work.name+": denied by /etc/qubes/policy.d/30-test.policy:1\n", 1, slow)
		if got := vault.call(0, nil, name, "domlet.ClipboardPaste"); got != words {
			t.Errorf("pasted %q", got)
		}
		vault.call(1, nil, name, "domlet.ClipboardPaste") // it is empty
		clip.Expect("audit: paste by="+vault.name, 2, slow)
	})
}
