// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests of unpacking that need no apt: archives that mean harm, and a full disk.

package debian

import (
	"archive/tar"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// unpackTar unpacks members into a fresh directory.
func unpackTar(t *testing.T, members ...tar.Header) (dir string, err error) {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range members {
		h.Mode = 0o644
		must(t, w.WriteHeader(&h))
		_, err := w.Write(make([]byte, h.Size))
		must(t, err)
	}
	must(t, w.Close())
	dir = t.TempDir()
	root, err := os.OpenRoot(dir)
	must(t, err)
	defer root.Close()
	return dir, untar(&b, root, func(string) bool { return true })
}

func TestUnpackStaysInside(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "file")
	for name, members := range map[string][]tar.Header{
		"parent": {{Name: "./../escaped", Size: 4}},
		"link": {
			{Name: "./out", Typeflag: tar.TypeSymlink, Linkname: filepath.Dir(outside)},
			{Name: "./out/file", Size: 4},
		},
	} {
		if dir, err := unpackTar(t, members...); err == nil {
			t.Errorf("%s: unpacked into %v", name, files(t, dir))
		}
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a file was written outside")
	}
}

func TestUnpackKinds(t *testing.T) {
	dir, err := unpackTar(t,
		tar.Header{Name: "./a/", Typeflag: tar.TypeDir},
		tar.Header{Name: "./a/file", Size: 5000},
		tar.Header{Name: "./a/hard", Typeflag: tar.TypeLink, Linkname: "./a/file"},
		tar.Header{Name: "./dev", Typeflag: tar.TypeChar},
		tar.Header{Name: "./b/deep/file", Size: 1},
	)
	must(t, err)
	info, err := os.Stat(filepath.Join(dir, "a/hard"))
	if must(t, err); info.Size() != 5000 {
		t.Errorf("the hard link has %d bytes", info.Size())
	}
	if _, err := os.Lstat(filepath.Join(dir, "dev")); err == nil {
		t.Error("a device was made")
	}
}

// smallDisk names the environment variable that tells the test below that it
// runs in namespaces of its own.
const smallDisk = "DOMLET_TEST_SMALL_DISK"

// TestNoDisk runs itself again in a mount namespace of its own (and a user namespace, where it is not root), where it
// mounts a disk that is too small.
func TestNoDisk(t *testing.T) {
	if dir := os.Getenv(smallDisk); dir != "" {
		fillDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoDisk$", "-test.v")
	cmd.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// fillDisk fetches and unpacks to a disk of 64 KiB.
func fillDisk(t *testing.T, dir string) {
	r := newRepo(t)
	pkgs := plan(t, r)
	// Nobody else is to see the mount. Where the root directory is no mount
	// point, in a chroot, they do until it is gone.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != syscall.EINVAL {
		must(t, err)
	}
	must(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"))
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	write(t, filepath.Join(dir, "ballast"), strings.Repeat("x", 60000))
	cache := filepath.Join(dir, "cache")
	err := r.apt.Fetch(t.Context(), cache, pkgs, nil)
	wantDiskError(t, err)
	if left := files(t, cache); len(left) != 0 {
		t.Errorf("the cache holds %v", left)
	}
	good := filepath.Join(r.dir, "cache")
	must(t, r.apt.Fetch(t.Context(), good, pkgs, nil))
	wantDiskError(t, Unpack(t.Context(), good, dir, pkgs, func(string) bool { return true }, nil))
}

// wantDiskError wants one line that says where there is no space.
func wantDiskError(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "no space left") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line about space", err)
	}
}
