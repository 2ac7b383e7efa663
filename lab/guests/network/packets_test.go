// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Recordings of an interface. Host; boots domains.

package network

import (
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// TestRecording: what passed the interface while the domain was there is in the file
// of mkimage run -pcap, from the first packet on, and tcpdump can read it.
func TestRecording(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InFirstMode(t, func(t *testing.T, mode string) {
		file := filepath.Join(t.TempDir(), "recorded.pcap")
		n := server(t, mode, 64, "-pcap", file)
		curl(t, "http://"+n.address+"/")
		from(t, "down", n.address, "300000")
		n.Stop()
		l := tooled(t)
		remote := "/run/" + domtest.Unique() + ".pcap"
		if err := l.Put(t.Context(), file, remote); err != nil {
			t.Fatal(err)
		}
		text := output(t, l.Remote, "tcpdump", "-Z", "root", "-n", "-tttt", "-r", remote)
		output(t, l.Remote, "rm", remote)
		day := time.Now().UTC().Format("2006-01")
		for _, want := range []string{
			"ARP, Request who-has " + n.address,
			n.address + `\.80: Flags \[S\]`,
			n.address + `\.80: .* HTTP: GET / HTTP/1\.1`,
			n.address + `\.80 > .* HTTP: HTTP/1\.1 200 OK`,
			n.address + `\.9000: Flags \[F?\.?\]`,
			`(?m)^` + day + `-\d\d \d\d:\d\d:\d\d\.\d+ `,
		} {
			if !regexp.MustCompile(want).MatchString(text) {
				t.Errorf("the recording lacks %q:\n%s", want, domtest.Ends(text))
			}
		}
	})
}
