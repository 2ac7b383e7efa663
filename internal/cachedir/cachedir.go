// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package cachedir is domlet's cache directory, and the trees of generated
// files in it: each named by the hash of its content, and complete or absent.
// It runs on the host, in any number of processes at once.
package cachedir

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Root is where domlet keeps what it downloads and generates: DOMLET_CACHE, or
// domlet in the user's cache directory (XDG_CACHE_HOME, ~/.cache).
func Root() (string, error) {
	if dir := os.Getenv("DOMLET_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory: set DOMLET_CACHE or HOME to a directory (%w)", err)
	}
	return filepath.Join(dir, "domlet"), nil
}

// Put stores files, content by slash-separated relative path, in a tree of
// the given kind and returns its directory. Equal files give the same tree.
func Put(kind string, files map[string][]byte) (string, error) {
	name := sum(files)
	return Make(kind, name, func(dir string) error {
		for path, data := range files {
			if err := write(filepath.Join(dir, filepath.FromSlash(path)), data); err != nil {
				return err
			}
		}
		return nil
	})
}

// Make returns the tree called name of the given kind and has fill build it
// first, in a directory beside it, where it is not there. A tree appears whole
// or not at all; when two processes build the same one, the first wins.
func Make(kind, name string, fill func(dir string) error) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, kind, name)
	if now := time.Now(); os.Chtimes(dir, now, now) == nil {
		return dir, nil // and marked as in use
	}
	prune(filepath.Dir(dir))
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "."+name+"-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := errors.Join(fill(tmp), os.Chmod(tmp, 0o755)); err != nil {
		return "", err
	}
	if err := os.Rename(tmp, dir); err != nil && !exists(dir) {
		return "", err
	}
	return dir, nil
}

// keep is how long a tree stays that nobody asks for.
const keep = 30 * 24 * time.Hour

// prune removes the trees of a kind that are out of use, and what interrupted
// processes left. What it cannot remove stays for the next time.
func prune(kind string) {
	entries, _ := os.ReadDir(kind)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > keep {
			os.RemoveAll(filepath.Join(kind, e.Name()))
		}
	}
}

// WriteFile replaces path by data in one step: a reader, or whoever comes
// after an interrupt, sees the old file or the new one.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func sum(files map[string][]byte) string {
	h := sha256.New()
	for _, path := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s %x\n", path, sha256.Sum256(files[path]))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
