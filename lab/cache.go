// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file says where the lab keeps its files on the developer's machine.

package lab

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/domlet/domlet/internal/cachedir"
)

// StateDir is where running labs keep their state: DOMLET_LAB_DIR, or lab in the
// cache.
func StateDir() (string, error) {
	if dir := os.Getenv("DOMLET_LAB_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := cachedir.Root()
	return filepath.Join(cache, "lab"), err
}

// withLock runs f while it holds the lock file at path; other processes wait.
func withLock(ctx context.Context, path string, f func() error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	unlock, err := cachedir.Lock(ctx, path)
	if err != nil {
		return err
	}
	defer unlock()
	return f()
}

// writeFile creates the file at path with what fill writes: complete, or not at
// all.
func writeFile(path string, mode os.FileMode, fill func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails, as it should, after the rename
	err = fill(tmp)
	if cerr := tmp.Chmod(mode); err == nil {
		err = cerr
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
