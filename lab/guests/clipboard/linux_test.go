// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Linux domains as clients. Host; boots domains.

package clipboard

import (
	"strings"
	"testing"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

// inLinux starts a Linux domain, puts domlet-clip there, and has dom0 attach it.
func (h *house) inLinux(number int) linux {
	h.t.Helper()
	guest, err := labtest.Need(h.t).LinuxGuest(h.t.Context(), number)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { guest.Close() })
	l := linux{Remote: guest, name: lab.LinuxName(number)}
	l.clip = l.put(h.t, clientPackage)
	h.attach(l.name)
	return l
}

// put stores a program of ours in a Linux system, and returns where.
func (l linux) put(t *testing.T, pkg string) string {
	t.Helper()
	path := "/tmp/" + domtest.Unique()
	if err := l.Put(t.Context(), domtest.Program(t, pkg), path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLinuxDomains: the clipboard's domain, with two Linux domains and domlet's own as
// clients. What one Linux domain copied the other one pastes, and a domain of domlet's
// may not; what is copied for one domain is for that one. The Linux domain is
// destroyed in the middle of a copy; the clipboard's domain is, and is started anew,
// while a Linux domain watches and another domain waits to copy.
func TestLinuxDomains(t *testing.T) {
	domtest.NeedLong(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		h := open(t, mode)
		first, second := h.inLinux(1), h.inLinux(2)
		h.askNothing(second)
		h.betweenLinux(first, second)
		h.forOne(first, second)
		h.dies(first, second)
		h.anew(second)
	})
}

// askNothing has Linux keep programs from asking Xen whether a domain is still there,
// as it does outside dom0 unless told otherwise.
func (h *house) askNothing(l linux) {
	h.t.Helper()
	if _, err := l.Output(h.t.Context(), "rm", "-f", "/dev/xen/privcmd"); err != nil {
		h.t.Fatal(err)
	}
}

// betweenLinux: one copies, the other one pastes, and c may not.
func (h *house) betweenLinux(from, to linux) {
	h.t.Helper()
	text := marker()
	h.on(from, text, "copy").Succeed()
	h.traces("after the copy", text, 1)
	h.client(h.c, "", "paste").Code(deniedCode)
	h.says("audit: paste by="+h.c, "of="+from.name, `result="not allowed"`, "denied by ", "30-test.policy:1")
	if got := h.on(to, "", "paste").Succeed(); got != text {
		h.t.Errorf("pasted %q, want %q", got, text)
	}
	h.traces("after the paste", text, 0)
}

// forOne: as much as a domain may copy, in one of domlet's, for one Linux domain
// alone.
func (h *house) forOne(to, other linux) {
	h.t.Helper()
	large := strings.Repeat("0123456789abcdef", 4000)
	h.client(h.a, large, "copy", "-for", to.name).Succeed()
	h.on(other, "", "paste").Code(deniedCode)
	h.says("audit: paste by="+other.name, `result="not allowed"`, "copied for "+to.name+" alone")
	if got := h.on(to, "", "paste").Succeed(); got != large {
		h.t.Errorf("pasted %d bytes, want %d", len(got), len(large))
	}
}

// dies: a Linux domain is destroyed when half of what it copies has come; what was
// there before stays, and nothing else does.
func (h *house) dies(dying, other linux) {
	h.t.Helper()
	older, text := marker(), marker()
	h.on(other, older, "copy").Succeed()
	half := domtest.Process(h.t, dying.Remote, nil, dying.put(h.t, "./lab/guests/clipboard/halfway"), text)
	half.Expect("half of it is there", 1, patience)
	h.traces("in the middle of the copy", text, 1)
	domtest.Dom0(h.t, "xl", "destroy", dying.name)
	h.says("audit: copy by="+dying.name, "given up")
	h.traces("after a copy that nobody completed", text, 0)
	if got := h.on(other, "", "paste").Succeed(); got != older {
		h.t.Errorf("pasted %q, want what was there before, %q", got, older)
	}
}
