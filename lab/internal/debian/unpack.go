// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file unpacks packages under a directory on the developer's machine.

package debian

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Unpack lays the files of pkgs, found in dir, under root. Of each package only
// the paths (without a leading slash) that keep wants are written. Owners and
// times are not kept; no path is followed out of root.
func Unpack(ctx context.Context, dir, root string, pkgs []Package, keep func(path string) bool, progress Progress) error {
	r, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer r.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2) // each decompressor takes a core
	count := counter(total(pkgs), progress)
	for _, p := range pkgs {
		g.Go(func() error {
			if err := unpackOne(ctx, filepath.Join(dir, p.File), r, keep); err != nil {
				return DiskError(root, fmt.Errorf("unpack %s: %w", p.File, err))
			}
			count(p.Size)
			return nil
		})
	}
	return g.Wait()
}

// counter returns a function that adds to what progress is told.
func counter(total int64, progress Progress) func(n int64) {
	if progress == nil {
		return func(int64) {}
	}
	var mu sync.Mutex
	var done int64
	return func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		done += n
		progress(done, total)
	}
}

// unpackOne streams one package's tar out of dpkg-deb.
func unpackOne(ctx context.Context, deb string, root *os.Root, keep func(string) bool) error {
	cmd := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", deb)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	terr := untar(out, root, keep)
	io.Copy(io.Discard, out) // a reader that stops early would make dpkg-deb fail too
	if err := cmd.Wait(); err != nil && terr == nil {
		return fmt.Errorf("dpkg-deb: %s", reason(errs.String(), err))
	}
	return terr
}

// untar writes the wanted members of a tar stream under root.
func untar(in io.Reader, root *os.Root, keep func(string) bool) error {
	for tr := tar.NewReader(in); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := path.Clean(strings.TrimPrefix(h.Name, "./"))
		if name == "." || !keep(name) {
			continue
		}
		if err := writeMember(root, name, h, tr); err != nil {
			return err
		}
	}
}

// writeMember writes one tar member; devices and the like are left out.
func writeMember(root *os.Root, name string, h *tar.Header, data io.Reader) error {
	if h.Typeflag == tar.TypeDir {
		return root.MkdirAll(name, 0o755)
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeReg:
		return writeFile(root, name, h.FileInfo().Mode().Perm()|0o600, data)
	case tar.TypeSymlink:
		return ignoreExist(root.Symlink(h.Linkname, name))
	case tar.TypeLink:
		return ignoreExist(root.Link(path.Clean(strings.TrimPrefix(h.Linkname, "./")), name))
	}
	return nil
}

// ignoreExist lets two packages bring the same link.
func ignoreExist(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// writeFile copies data to a new file under root.
func writeFile(root *os.Root, name string, mode os.FileMode, data io.Reader) error {
	f, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, data); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
