// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files in a domain, compared with files on Linux. Host; boots domains.

package outside

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

const filesGuest = "./lab/guests/files"

// TestFilesAsOnLinux makes the same random calls on Linux and in a domain. The
// sums over all that they returned must be the same.
func TestFilesAsOnLinux(t *testing.T) {
	domtest.NeedLab(t)
	args := []string{"calls", "2000"}
	for range 20 {
		args = append(args, fmt.Sprint(rand.Uint64()))
	}
	g := domtest.Guest{Name: "files", Pkg: filesGuest, Args: args}
	r := domtest.Run(t, g.Limit(), domtest.Program(t, g.Pkg), g.Args...)
	if r.Code != 0 {
		t.Fatalf("on Linux: %s%s", r.Stdout, r.Stderr)
	}
	g.Want = []string{r.Stdout}
	domtest.InModes(t, func(t *testing.T, mode string) { domtest.Check(t, g, domtest.Boot(t, g.In(mode))) })
}

// TestRamdisk gives a domain a directory of this machine's, beside a command
// line too long for Xen. The domain must find what is there on Linux.
func TestRamdisk(t *testing.T) {
	domtest.NeedLab(t)
	dir := ramdiskSample(t)
	cmd := exec.Command(domtest.Program(t, filesGuest), "tree")
	cmd.Dir = dir
	want, err := cmd.Output()
	if err != nil {
		t.Fatalf("on Linux: %v\n%s", err, want)
	}
	g := domtest.Guest{Name: "ramdisk", Pkg: filesGuest, Args: []string{"tree"}, Want: []string{string(want)},
		Env: []string{"LONG=" + strings.Repeat("long ", 1000)}, Flags: []string{"-files", dir + ":/given/here", "-cd", "/given/here"}}
	domtest.InModes(t, func(t *testing.T, mode string) { domtest.Check(t, g, domtest.Boot(t, g.In(mode))) })
}

// ramdiskSample makes a tree with files around the size of a page, and a large
// one.
func ramdiskSample(t *testing.T) string {
	dir := t.TempDir()
	random := rand.NewChaCha8([32]byte{1})
	for i, size := range []int{0, 1, 4095, 4096, 4097, 100_000, 3 << 20} {
		sub := filepath.Join(dir, fmt.Sprint("sub", i%3), strings.Repeat("n", 100))
		text := make([]byte, size)
		random.Read(text)
		if err := os.MkdirAll(sub, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprint(size)), text, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("sub0", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestBadRamdisk gives a domain ramdisks that are none, and one that was cut.
func TestBadRamdisk(t *testing.T) {
	domtest.NeedLab(t)
	whole := filepath.Join(t.TempDir(), "whole")
	if r := domtest.Run(t, 5*time.Minute, domtest.Mkimage(t), "build", "-o", whole, "-files", ramdiskSample(t), filesGuest); r.Code != 0 {
		t.Fatalf("mkimage build: %s", r.Stderr)
	}
	archive, err := os.ReadFile(whole + ".ramdisk")
	if err != nil {
		t.Fatal(err)
	}
	for name, disk := range map[string][]byte{"cut": archive[:len(archive)/2], "noise": bytes.Repeat([]byte("no archive "), 1000)} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, disk, 0o600); err != nil {
			t.Fatal(err)
		}
		g := domtest.Guest{Name: name, Pkg: filesGuest, Args: []string{"tree"}, Flags: []string{"-ramdisk", file}, Code: 125,
			Want: []string{"domlet: ramdisk: the archive ", "make it again with mkimage -files\n"}}
		t.Run(name, func(t *testing.T) {
			domtest.InModes(t, func(t *testing.T, mode string) { domtest.Check(t, g, domtest.Boot(t, g.In(mode))) })
		})
	}
}

// TestLimits has a domain use names that are too long, and fill its tree of files
// twice.
func TestLimits(t *testing.T) {
	domtest.NeedLab(t)
	g := domtest.Guest{Name: "limits", Pkg: filesGuest, Args: []string{"limits"}, Params: []string{"files.limit=1M"}, Want: []string{
		"261 bytes: file name too long\n", "4100 bytes: file name too long\n",
		"write /tmp/full: no space left on device\n", "write /tmp/full: no space left on device\n", "the same again: true\n"}}
	domtest.InFirstMode(t, func(t *testing.T, mode string) { domtest.Check(t, g, domtest.Boot(t, g.In(mode))) })
}

// TestExtras looks for certificates and time zones, with and without them.
func TestExtras(t *testing.T) {
	domtest.NeedLab(t)
	with := domtest.Guest{Name: "with", Pkg: filesGuest, Args: []string{"extras"}, Flags: []string{"-certs", "host", "-tz", "Asia/Tokyo"},
		Want: []string{"local: 2026-07-01 21:00:00 +0900 JST\n", "zone: 2026-07-01 14:00:00 +0200 CEST\n", "certificates: true <nil>\n", "verified: x509: certificate signed by unknown authority\n"}}
	without := domtest.Guest{Name: "without", Pkg: filesGuest, Args: []string{"extras"},
		Want: []string{"local: 2026-07-01 12:00:00 +0000 UTC\n", "zone: unknown time zone Europe/Berlin", "mkimage -tz", "certificates: false <nil>\n", "verified: x509: failed to load system roots", "mkimage -certs"}}
	domtest.InModes(t, func(t *testing.T, mode string) { domtest.BootAll(t, mode, []domtest.Guest{with, without}) })
}
