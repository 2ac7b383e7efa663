// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file makes the tree of Debian packages that the lab runs from. It works on
// the developer's machine, in the cache.

package lab

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/lab/internal/debian"
	"github.com/domlet/domlet/lab/internal/initrd"
)

// seeds are the packages the lab asks for; apt adds what they depend on.
var seeds = []string{
	"xen-system-amd64", "xenstore-utils", // the hypervisor and its tools
	"linux-image-amd64", // dom0's kernel
	"qemu-system-x86", "seabios", "ipxe-qemu",
	"busybox-static", "coreutils", "xz-utils", "libgcc-s1",
}

// recipe changes whenever a tree made by an older domlet would not do, although
// packages, modules and files of ours are the same.
const recipe = 2

// manifest records what a tree was made from.
type manifest struct {
	Packages []debian.Package
}

// version is the version of the first package whose name begins with prefix.
func (m *manifest) version(prefix string) string {
	for _, p := range m.Packages {
		if strings.HasPrefix(p.Name, prefix) {
			return p.Version
		}
	}
	return "unknown"
}

// packages is a complete tree with its manifest and what was made from it.
type packages struct {
	dir      string
	tree     initrd.Tree
	manifest manifest
}

// xen is the hypervisor as QEMU's multiboot loader wants it: an unpacked ELF file.
func (p *packages) xen() string { return filepath.Join(p.dir, "xen") }

// manifestFile holds the manifest.
func (p *packages) manifestFile() string { return filepath.Join(p.dir, "manifest.json") }

// dom0 is the RAM file system of dom0 without keys and agent.
func (p *packages) dom0() string { return filepath.Join(p.dir, "dom0.cpio") }

// linux is the same for the Linux guest.
func (p *packages) linux() string { return filepath.Join(p.dir, "linux.cpio") }

// vmlinux is the kernel as an ELF file.
func (p *packages) vmlinux() string { return filepath.Join(p.dir, "vmlinux") }

// treeName names the directory of a tree; another recipe is another directory, and
// so is another list of packages or modules, or another file of ours.
func treeName() string {
	sum := sha256.New()
	fmt.Fprint(sum, seeds, dom0Modules, linuxModules)
	if err := hashFiles(sum, rootfs); err != nil {
		panic(err) // they are part of this program
	}
	return fmt.Sprintf("%d-%x", recipe, sum.Sum(nil)[:4])
}

// hashFiles hashes the names and contents of all files.
func hashFiles(sum io.Writer, files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
		return err
	})
}

// getPackages returns the tree in the cache and makes it when it is not there.
func getPackages(ctx context.Context, cache string, apt *debian.Apt, ui *ui) (*packages, error) {
	if runtime.GOARCH != "amd64" {
		return nil, errors.New("the lab needs a machine with an x86-64 processor")
	}
	apt.Log = ui.logf
	var p *packages
	err := withLock(ctx, filepath.Join(cache, "lock"), func() error {
		dir, err := cachedir.Make("packages", treeName(), func(dir string) error {
			return fillTree(ctx, dir, filepath.Join(cache, "debs"), apt, ui)
		})
		if err != nil {
			return debian.DiskError(cache, err)
		}
		p = packagesIn(dir)
		data, err := os.ReadFile(p.manifestFile())
		if err != nil {
			return err
		}
		return json.Unmarshal(data, &p.manifest)
	})
	return p, err
}

// packagesIn describes the tree in dir.
func packagesIn(dir string) *packages {
	return &packages{dir: dir, tree: initrd.Tree(filepath.Join(dir, "root"))}
}

// fillTree makes a tree in dir. The downloads stay in debs: a set-up that was
// interrupted goes on where it was.
func fillTree(ctx context.Context, dir, debs string, apt *debian.Apt, ui *ui) error {
	list, err := apt.Plan(ctx, seeds)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(d debian.Package) bool { return unneeded(d.Name) })
	if err := ui.step("downloading Xen, Linux and QEMU", func(pr debian.Progress) error {
		return apt.Fetch(ctx, debs, list, pr)
	}); err != nil {
		return err
	}
	p := packagesIn(dir)
	p.manifest.Packages = list
	if err := os.Mkdir(string(p.tree), 0o755); err != nil {
		return err
	}
	if err := ui.step("unpacking", func(pr debian.Progress) error {
		return debian.Unpack(ctx, debs, string(p.tree), list, wanted, pr)
	}); err != nil {
		return err
	}
	return p.finish()
}

// finish makes the boot files and the manifest.
func (p *packages) finish() error {
	for _, f := range []struct {
		path string
		fill func(io.Writer) error
	}{
		{p.xen(), p.writeXen}, {p.dom0(), p.writeDom0}, {p.linux(), p.writeLinux}, {p.vmlinux(), p.writeVmlinux},
		{p.manifestFile(), func(w io.Writer) error { return json.NewEncoder(w).Encode(p.manifest) }},
	} {
		if err := writeFile(f.path, 0o644, f.fill); err != nil {
			return err
		}
	}
	return nil
}

// program prepares to run a program of the tree through the tree's own dynamic
// loader and libraries, so that nothing installed on the machine matters.
func (p *packages) program(name string, args ...string) (*exec.Cmd, error) {
	loader, err := p.tree.Resolve(initrd.Loader)
	if err != nil {
		return nil, err
	}
	root := string(p.tree)
	libs := root + "/lib/x86_64-linux-gnu:" + root + initrd.LibDir
	return exec.Command(loader, append([]string{"--library-path", libs, root + name}, args...)...), nil
}

// writeXen writes the hypervisor, unpacked.
func (p *packages) writeXen(w io.Writer) error {
	name, err := p.tree.One("/boot/xen-*.gz")
	if err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(string(p.tree), name))
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, z)
	return err
}

// unneeded packages are depended on only to be installed, never to run.
func unneeded(name string) bool {
	for _, prefix := range []string{"python3", "libpython3", "iso-codes", "udev", "initramfs-tools",
		"passwd", "adduser", "dpkg", "debconf", "media-types", "ucf"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// unwantedPaths are patterns of what the lab never reads; they make up most of
// the tree.
var unwantedPaths = []string{
	"usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian",
	"usr/share/bash-completion", "usr/lib/python3", "usr/lib/udev", "usr/lib/debug",
	"boot/System.map-*", "boot/*.efi", "usr/share/qemu/edk2-*",
	"lib/modules/*/kernel/[^dn]*", "lib/modules/*/kernel/drivers/[^bnvx]*",
	"lib/modules/*/kernel/drivers/net/[^tvx]*/*",
}

// wanted says whether a file of the packages goes into the tree.
func wanted(name string) bool {
	for dir := name; dir != "."; dir = path.Dir(dir) {
		for _, pattern := range unwantedPaths {
			if ok, _ := path.Match(pattern, dir); ok {
				return false
			}
		}
	}
	return true
}
