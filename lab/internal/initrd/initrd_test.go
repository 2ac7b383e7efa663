// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests of the tree and of the archives, on small trees of their own. Host only.

package initrd

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"
)

// newTree makes a tree of files (path and content) and links (path and target,
// marked by "->").
func newTree(t *testing.T, entries ...string) Tree {
	t.Helper()
	root := t.TempDir()
	for _, e := range entries {
		name, text, _ := strings.Cut(e, "=")
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(target, file)
		} else {
			err = os.WriteFile(file, []byte(text), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return Tree(root)
}

func TestResolve(t *testing.T) {
	tree := newTree(t, "/lib/real/a.so=x", "/lib64=->/lib/real", "/lib/up=->../lib64/a.so",
		"/loop=->/loop", "/out=->../../../lib/real/a.so", "/gone=->/nothing")
	want := filepath.Join(string(tree), "lib/real/a.so")
	for _, name := range []string{"/lib/real/a.so", "/lib64/a.so", "lib64/a.so", "/lib/up", "/out"} {
		if got, err := tree.Resolve(name); err != nil || got != want {
			t.Errorf("Resolve(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"/loop", "/gone", "/nothing"} {
		if got, err := tree.Resolve(name); err == nil {
			t.Errorf("Resolve(%q) = %q, want an error", name, got)
		}
	}
}

func TestOne(t *testing.T) {
	tree := newTree(t, "/boot/xen-1.gz=", "/boot/vmlinuz-1=", "/boot/vmlinuz-2=")
	if got, err := tree.One("/boot/xen-*"); got != "/boot/xen-1.gz" || err != nil {
		t.Errorf("One = %q, %v", got, err)
	}
	for _, pattern := range []string{"/boot/vmlinuz-*", "/boot/none-*"} {
		if got, err := tree.One(pattern); err == nil {
			t.Errorf("One(%q) = %q, want an error", pattern, got)
		}
	}
}

// readArchive returns the archive's records by name.
func readArchive(t *testing.T, data []byte) map[string]cpio.Record {
	t.Helper()
	records, err := cpio.ReadAllRecords(cpio.Newc.Reader(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]cpio.Record)
	for _, r := range records {
		if _, twice := byName[r.Name]; twice {
			t.Errorf("%s stands twice in the archive", r.Name)
		}
		byName[r.Name] = r
	}
	return byName
}

// build writes a small image.
func build(t *testing.T, tree Tree) []byte {
	t.Helper()
	m := New(tree)
	m.Text("/init", "run", 0o755)
	m.Text("/init", "again", 0o644)
	m.Link("/a/deep/link", "/init")
	m.Device("/dev/null", 0o666, 1, 3)
	if err := m.Tree("/bin/*"); err != nil {
		t.Fatal(err)
	}
	if err := m.Tree("/none/*"); err == nil {
		t.Error("a pattern without files was taken")
	}
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil || int(n) != b.Len() || n%512 != 0 {
		t.Errorf("wrote %d bytes (%d), %v", n, b.Len(), err)
	}
	return b.Bytes()
}

func TestImage(t *testing.T) {
	data := build(t, newTree(t, "/bin/prog=hello", "/bin/alias=->prog", "/bin/gone=->/nothing", "/bin/dir/file="))
	got := readArchive(t, data)
	for name, mode := range map[string]uint64{
		"init": cpio.S_IFREG | 0o755, "bin": cpio.S_IFLNK | 0o777, "usr/bin": cpio.S_IFDIR | 0o755,
		"usr/bin/prog": cpio.S_IFREG | 0o755, "usr/bin/alias": cpio.S_IFREG | 0o755,
		"a/deep": cpio.S_IFDIR | 0o755, "a/deep/link": cpio.S_IFLNK | 0o777, "dev/null": cpio.S_IFCHR | 0o666,
	} {
		if r, ok := got[name]; !ok || r.Mode != mode {
			t.Errorf("%s: there: %v, mode %o, want %o", name, ok, r.Mode, mode)
		}
	}
	if _, ok := got["usr/bin/gone"]; ok {
		t.Error("a dangling link became a file")
	}
	text, _ := io.ReadAll(io.NewSectionReader(got["init"], 0, 100))
	if string(text) != "run" {
		t.Errorf("/init holds %q", text)
	}
}

func TestImageIsReproducible(t *testing.T) {
	entries := []string{"/bin/prog=hello", "/bin/alias=->prog"}
	if a, b := build(t, newTree(t, entries...)), build(t, newTree(t, entries...)); !bytes.Equal(a, b) {
		t.Error("two archives of equal trees differ")
	}
}

func TestModuleOrder(t *testing.T) {
	tree := newTree(t)
	dir := filepath.Join(string(tree), "lib/modules/1/kernel")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, depends := range map[string]string{"xen-net": "bridge,llc", "bridge": "stp,llc", "stp": "llc", "llc": "", "bad": "none"} {
		if err := os.WriteFile(filepath.Join(dir, name+".ko"), module(depends), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := tree.Modules([]string{"llc", "xen_net"})
	for i, f := range files {
		files[i] = filepath.Base(f)
	}
	if want := []string{"llc.ko", "stp.ko", "bridge.ko", "xen-net.ko"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("Modules = %v, %v; want %v", files, err, want)
	}
	for _, name := range []string{"bad", "none"} {
		if files, err := tree.Modules([]string{name}); err == nil {
			t.Errorf("Modules(%q) = %v, want an error", name, files)
		}
	}
}
