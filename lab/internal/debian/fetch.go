// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file downloads packages into a cache directory on the developer's machine
// and checks them; a file in the cache is complete and right, or it is not there.

package debian

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Progress is told how many bytes of a step are done; the final call of a step
// has done == total.
type Progress func(done, total int64)

// Fetch puts every package into dir. Files that are already there and right are
// kept; a corrupt one is removed and downloaded again. One process at a time may
// use a directory.
func (a *Apt) Fetch(ctx context.Context, dir string, pkgs []Package, progress Progress) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	removeStale(dir)
	missing, err := a.missing(dir, pkgs)
	if err != nil || len(missing) == 0 {
		return err
	}
	tmp, err := os.MkdirTemp(dir, downloadPrefix)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	stop := watch(tmp, total(missing), progress)
	err = a.download(ctx, tmp, missing)
	stop()
	if err != nil {
		return DiskError(dir, err)
	}
	return adopt(tmp, dir, missing)
}

// downloadPrefix begins the names of directories for downloads that are not
// complete.
const downloadPrefix = "download-"

// removeStale removes what a process left that was killed.
func removeStale(dir string) {
	stale, _ := filepath.Glob(filepath.Join(dir, downloadPrefix+"*"))
	for _, d := range stale {
		os.RemoveAll(d)
	}
}

// missing returns the packages that dir does not hold, after removing damaged ones.
func (a *Apt) missing(dir string, pkgs []Package) ([]Package, error) {
	var list []Package
	for _, p := range pkgs {
		path := filepath.Join(dir, p.File)
		err := Verify(path, p)
		if err == nil {
			continue
		}
		if !errors.Is(err, os.ErrNotExist) {
			a.logf("%s in the cache is damaged; downloading it again", p.File)
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
		list = append(list, p)
	}
	return list, nil
}

// download lets apt-get fetch pkgs into tmp. Apt's own unprivileged user could
// not write there, so the sandbox is off; apt checks the signatures as always.
func (a *Apt) download(ctx context.Context, tmp string, pkgs []Package) error {
	args := []string{"-q", "-o", "APT::Sandbox::User=root", "download"}
	for _, p := range pkgs {
		args = append(args, p.Name+"="+p.Version)
	}
	_, err := a.run(ctx, tmp, "apt-get", args...)
	return err
}

// adopt verifies what was downloaded to tmp and moves it to dir.
func adopt(tmp, dir string, pkgs []Package) error {
	for _, p := range pkgs {
		if err := Verify(filepath.Join(tmp, p.File), p); err != nil {
			return fmt.Errorf("download of %s: %w", p.Name, err)
		}
		if err := os.Rename(filepath.Join(tmp, p.File), filepath.Join(dir, p.File)); err != nil {
			return err
		}
	}
	return nil
}

// Verify checks the file at path against p's digest.
func Verify(path string, p Package) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != p.SHA256 {
		return fmt.Errorf("%s is damaged: its SHA256 is not the one in apt's lists", path)
	}
	return nil
}

// total adds up the sizes of pkgs in bytes.
func total(pkgs []Package) (n int64) {
	for _, p := range pkgs {
		n += p.Size
	}
	return n
}

// watch reports how much stands in dir five times a second until stopped: apt
// downloads several files at once and has no other machine-readable progress
// that works without root.
func watch(dir string, total int64, progress Progress) (stop func()) {
	if progress == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			progress(min(dirSize(dir), total), total)
			select {
			case <-tick.C:
			case <-done:
				progress(total, total)
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// dirSize adds up the files directly in dir.
func dirSize(dir string) (n int64) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// DiskError turns err into a clear one when dir's file system is full: the
// programs that write there report it in many ways.
func DiskError(dir string, err error) error {
	var st syscall.Statfs_t
	full := errors.Is(err, syscall.ENOSPC)
	if syscall.Statfs(dir, &st) == nil && st.Bavail*uint64(st.Bsize) < 1<<20 {
		full = true
	}
	if !full {
		return err
	}
	return fmt.Errorf("no space left for the lab in %s: it needs about 500 MB; free some, or set DOMLET_CACHE to another directory", dir)
}
