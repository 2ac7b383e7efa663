// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file puts programs into dom0 that tests need and users do not. It runs on
// the developer's machine.

package lab

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/lab/internal/debian"
	"github.com/domlet/domlet/lab/internal/initrd"
)

// tools are the programs, by Debian's package.
var tools = map[string]string{
	"curl":           "/usr/bin/curl",
	"bind9-dnsutils": "/usr/bin/dig",
	"iproute2":       "/sbin/tc",
	"tcpdump":        "/usr/bin/tcpdump",
}

const (
	// toolsDir is where they are in dom0, with libraries of their own.
	toolsDir = "/opt/tools"
	// toolsRecipe changes whenever an archive made by an older domlet would not do.
	toolsRecipe = 1
)

// unpackScript unpacks standard input in $1 and puts what is in its folder names on
// the path, in the place of busybox's programs with the same names.
const unpackScript = `set -e
mkdir -p "$1.tmp" && cd "$1.tmp"
gunzip | cpio -id 2>/dev/null
for name in names/*; do ln -sf "$1/$name" /usr/bin/; done
mv "$1.tmp" "$1"`

// Tools makes sure that curl, dig, tc and tcpdump can be called in dom0. Their
// packages are downloaded when they are first wanted.
func (l *Lab) Tools(ctx context.Context) error {
	return withLock(ctx, filepath.Join(l.dir, "tools.lock"), func() error {
		if code, err := l.Command(ctx, "test", "-d", toolsDir).Run(); err != nil || code == 0 {
			return err
		}
		archive, err := toolsArchive(ctx)
		if err != nil {
			return fmt.Errorf("lab: tools: %w", err)
		}
		f, err := os.Open(archive)
		if err != nil {
			return err
		}
		defer f.Close()
		var errs strings.Builder
		c := l.Command(ctx, "sh", "-c", unpackScript, "unpack", toolsDir)
		c.Stdin, c.Stderr = f, &errs
		if code, err := c.Run(); err != nil || code != 0 {
			return fmt.Errorf("lab: unpacking tools in dom0: exit code %d, %w: %s", code, err, strings.TrimSpace(errs.String()))
		}
		return nil
	})
}

// toolsArchive returns the archive in the cache, and makes it when it is not there.
func toolsArchive(ctx context.Context) (string, error) {
	cache, err := cachedir.Root()
	if err != nil {
		return "", err
	}
	var names []string
	for name := range tools {
		names = append(names, name)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%v", tools)) // fmt sorts a map by its keys
	dir, err := cachedir.Make("tools", fmt.Sprintf("%d-%x", toolsRecipe, sum[:4]), func(dir string) error {
		return withLock(ctx, filepath.Join(cache, "lock"), func() error {
			return fillTools(ctx, dir, filepath.Join(cache, "debs"), names)
		})
	})
	return filepath.Join(dir, toolsFile), err
}

// toolsFile is the archive's name in its directory.
const toolsFile = "tools.cpio.gz"

// fillTools makes the archive in dir.
func fillTools(ctx context.Context, dir, debs string, names []string) error {
	apt := &debian.Apt{}
	list, err := apt.Plan(ctx, names)
	if err != nil {
		return err
	}
	if err := apt.Fetch(ctx, debs, list, nil); err != nil {
		return err
	}
	root := filepath.Join(dir, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if err := debian.Unpack(ctx, debs, root, list, wanted, nil); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, toolsFile), 0o644, func(w io.Writer) error {
		z := gzip.NewWriter(w)
		if err := writeTools(z, initrd.Tree(root)); err != nil {
			return err
		}
		return z.Close()
	})
}

// writeTools writes the programs, what they need, and for each a script that calls
// it: dom0 has other versions of some libraries.
func writeTools(w io.Writer, tree initrd.Tree) error {
	m := initrd.New(tree)
	for _, file := range tools {
		if err := m.Tree(file); err != nil {
			return err
		}
		name := path.Base(file)
		m.Text("/names/"+name, fmt.Sprintf("#!/bin/sh\nexec %[1]s%[2]s --library-path %[1]s%[3]s %[1]s/usr/bin/%[4]s \"$@\"\n",
			toolsDir, initrd.Loader, initrd.LibDir, name), 0o755)
		if path.Dir(file) != "/usr/bin" {
			m.Link("/usr/bin/"+name, "../.."+file)
		}
	}
	if err := m.Libraries(); err != nil {
		return err
	}
	_, err := m.WriteTo(w)
	return err
}

// Load loads a module of dom0's kernel, and those that it needs, which the lab does
// not load for everybody.
func (l *Lab) Load(ctx context.Context, module string) error {
	cache, err := cachedir.Root()
	if err != nil {
		return err
	}
	files, err := packagesIn(filepath.Join(cache, "packages", treeName())).tree.Modules([]string{module})
	if err != nil {
		return err
	}
	for _, file := range files {
		name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".ko"), "-", "_")
		remote := "/run/" + filepath.Base(file)
		code, err := l.Command(ctx, "test", "-d", "/sys/module/"+name).Run()
		if err != nil {
			return err
		}
		if code == 0 {
			continue
		}
		if err := l.Put(ctx, file, remote); err != nil {
			return err
		}
		if _, err := l.Output(ctx, "insmod", remote); err != nil {
			return err
		}
	}
	return nil
}
