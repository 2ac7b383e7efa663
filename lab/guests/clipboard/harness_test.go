// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A clipboard's domain, and who uses it. Host; boots domains.

package clipboard

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

const (
	servicePackage = "./services/clipboard/domain"
	clientPackage  = "./cmd/domlet-clip"
	patience       = 4 * time.Minute
)

// house is a clipboard's domain and the clients that dom0 attaches to it: dom0
// itself, a and b, which may paste, and c, which may not.
type house struct {
	t                *testing.T
	mode             string
	service, a, b, c string // names of domains
	policy           string // directory
	dom0             linux
	ctl              string // domlet-ctl in dom0
	domain           *domtest.Speaker
}

// open starts a clipboard's domain, has dom0 attach clients to it, and keeps that up
// to date until the test ends. a, b and c need not be there yet.
func open(t *testing.T, mode string) *house {
	t.Helper()
	h := &house{t: t, mode: mode, service: domtest.Unique(), a: domtest.Unique(), b: domtest.Unique(), c: domtest.Unique(),
		policy: t.TempDir(), ctl: domtest.InDom0(t, "./cmd/domlet-ctl"),
		dom0: linux{labtest.Need(t).Remote, "dom0", domtest.InDom0(t, clientPackage)}}
	rules := fmt.Sprintf("clipboard.Paste * * %s deny\nclipboard.Paste * * * allow\n", h.c)
	if err := os.WriteFile(filepath.Join(h.policy, "30-test.policy"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	h.start()
	for _, client := range []string{"dom0", h.a, h.b, h.c} {
		h.attach(client)
	}
	domtest.Process(t, labtest.Need(t).Remote, nil, h.ctl, "watch")
	return h
}

// attach has dom0 attach a client until the test ends.
func (h *house) attach(client string) {
	h.t.Helper()
	domtest.Dom0(h.t, h.ctl, "attach", "-as", "clipboard", client, h.service)
	h.t.Cleanup(func() {
		if _, err := labtest.Need(h.t).Output(context.Background(), h.ctl, "detach", client, h.service); err != nil {
			h.t.Error(err)
		}
	})
}

// start starts the clipboard's domain, as mkimage cfg would have xl start it.
func (h *house) start() {
	h.t.Helper()
	h.domain = domtest.Fed(h.t, h.service, nil, h.mode, []string{"-memory", clipboardMemory, "-files", h.policy + ":/etc/domlet/policy.d"}, servicePackage,
		"-handler", "10m") // a dump of its memory, for one, takes its time in a busy lab
	h.domain.Expect("clipboard: ready", 1, patience)
}

// client starts domlet-clip as a domain.
func (h *house) client(name, in string, words ...string) *domtest.Speaker {
	h.t.Helper()
	words = append([]string{"-timeout", patience.String()}, words...)
	return domtest.Fed(h.t, name, strings.NewReader(in), h.mode, []string{"-memory", "16"}, clientPackage, words...)
}

// linux is dom0, or a Linux domain, as a client.
type linux struct {
	*lab.Remote
	name string // the domain's
	clip string // where domlet-clip is
}

// on starts domlet-clip in a Linux system.
func (h *house) on(l linux, in string, words ...string) *domtest.Speaker {
	h.t.Helper()
	return domtest.Process(h.t, l.Remote, strings.NewReader(in), append([]string{l.clip, "-timeout", patience.String()}, words...)...)
}

// inDom0 starts domlet-clip in dom0.
func (h *house) inDom0(in string, words ...string) *domtest.Speaker {
	h.t.Helper()
	return h.on(h.dom0, in, words...)
}

// says waits until the clipboard's domain has printed a line with these texts, in
// this order.
func (h *house) says(texts ...string) {
	h.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		for line := range strings.Lines(h.domain.Said()) {
			if inOrder(line, texts) {
				return
			}
		}
	}
	h.t.Fatalf("the clipboard's domain printed no line with %q", texts)
}

func inOrder(line string, texts []string) bool {
	for _, text := range texts {
		_, rest, found := strings.Cut(line, text)
		if !found {
			return false
		}
		line = rest
	}
	return true
}

// marker is 32 bytes that are nowhere else.
func marker() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// clipboardMemory is what the clipboard's domain has, in MiB.
const clipboardMemory = "16"

// inDump counts a text in a dump of a domain's memory, as xl makes it; inPages counts in
// the pages of a PVH domain themselves, because there xl tries each page below 4 GiB,
// which takes too long here. The domain stands still meanwhile.
const (
	inDump = `f=/tmp/core.$$; trap "rm -f $f" EXIT
xl dump-core "$1" $f >&2 && [ -s $f ] && "$2" $f "$3"`
	inPages = `xl pause "$1" && trap 'xl unpause "$1"' EXIT
"$2" -domain $(xl domid "$1") ` + clipboardMemory + ` "$3"`
)

// traces wants a text to be so many times in all memory of the clipboard's domain.
func (h *house) traces(when, text string, want int) {
	h.t.Helper()
	script := inDump
	if h.mode == "pvh" {
		script = inPages
	}
	out := domtest.Dom0(h.t, "sh", "-c", script, "sh", h.service, domtest.InDom0(h.t, "./lab/guests/clipboard/count"), text)
	n, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		h.t.Fatalf("counting in memory: %v\n%s", err, out)
	}
	if n != want {
		h.t.Errorf("%s the contents are in memory %d times, want %d", when, n, want)
	}
}
