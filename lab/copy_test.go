// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests of copying into and out of dom0.

package lab

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scratch makes a local file of n random bytes.
func scratch(t *testing.T, n int, mode os.FileMode) (path string, data []byte) {
	t.Helper()
	data = make([]byte, n)
	rand.Read(data)
	path = filepath.Join(t.TempDir(), "it's a file")
	if err := os.WriteFile(path, data, mode); err != nil {
		t.Fatal(err)
	}
	return path, data
}

func TestCopyThereAndBack(t *testing.T) {
	l := open(t)
	sh(t, l, "rm -rf /root/copies; mkdir /root/copies")
	for _, n := range []int{0, 1, 1 << 20} {
		path, data := scratch(t, n, 0o750)
		if err := l.Put(t.Context(), path, "/root/copies"); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := l.Get(t.Context(), "/root/copies/it's a file", dir); err != nil {
			t.Fatal(err)
		}
		back := filepath.Join(dir, "it's a file")
		got, err := os.ReadFile(back)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes went, %d came back, %v", n, len(got), err)
		}
		if info, err := os.Stat(back); err == nil && info.Mode().Perm() != 0o750 {
			t.Errorf("the mode came back as %o", info.Mode().Perm())
		}
	}
	if left := sh(t, l, "ls /root/copies"); left != "it's a file\n" {
		t.Errorf("dom0 holds %q", left)
	}
}

func TestCopyErrors(t *testing.T) {
	l := open(t)
	path, _ := scratch(t, 10, 0o644)
	target := filepath.Join(t.TempDir(), "target")
	for name, err := range map[string]error{
		"no such directory in dom0": l.Put(t.Context(), path, "/none/file"),
		"no such file here":         l.Put(t.Context(), path+".none", "/root/"),
		"a directory":               l.Put(t.Context(), filepath.Dir(path), "/root/"),
		"no such file in dom0":      l.Get(t.Context(), "/none/file", target),
		"a directory in dom0":       l.Get(t.Context(), "/root", target),
		"no such directory here":    l.Get(t.Context(), "/init", "/none/file"),
	} {
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line", name, err)
		}
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("a failed copy left a file")
	}
}

func TestStoreCopiesOnce(t *testing.T) {
	l := open(t)
	path, _ := scratch(t, 1000, 0o644)
	first, err := l.Store(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	inode := sh(t, l, "stat -c %i "+first)
	again, err := l.Store(t.Context(), path)
	if err != nil || again != first || sh(t, l, "stat -c %i "+first) != inode {
		t.Errorf("stored again as %q, %v", again, err)
	}
	other, _ := scratch(t, 1000, 0o644)
	if second, err := l.Store(t.Context(), other); err != nil || second == first {
		t.Errorf("another file is stored as %q, %v", second, err)
	}
}

// TestTidy fills a store of 1 MiB with three files of 600 KiB.
func TestTidy(t *testing.T) {
	l := open(t)
	const dir = "/run/tidy-test"
	sh(t, l, `rm -rf `+dir+`; mkdir `+dir+`; cd `+dir+`
		for age in 1200 300 200 0; do
			head -c 600000 /dev/zero >f$age; touch -d @$(($(date +%s) - age)) f$age
		done`)
	if _, err := l.Output(t.Context(), "sh", "-c", tidyScript, "tidy", dir, "1"); err != nil {
		t.Fatal(err)
	}
	if left := sh(t, l, "ls "+dir+"; rm -r "+dir); left != "f0\n" {
		t.Errorf("left %q", left)
	}
}

func TestMkimageRunsInDom0(t *testing.T) {
	l := open(t)
	program, err := l.Mkimage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := l.Output(t.Context(), program, "lab", "agent", "--check-fpu"); err != nil || out == "" {
		t.Errorf("%q, %v", out, err)
	}
}
