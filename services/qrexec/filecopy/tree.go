// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A directory as a tree to receive into. Any goroutine.

package filecopy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"
	"time"
)

// dir is a directory. An os.Root has the kernel see to it that no name leads out of it, whoever moves what meanwhile (QSB-014).
type dir struct {
	root   *os.Root
	drafts atomic.Int64
}

// Directory is a directory as a tree.
func Directory(root *os.Root) Tree { return &dir{root: root} }

func (d *dir) Lstat(name string) (fs.FileInfo, error) { return d.root.Lstat(name) }
func (d *dir) Mkdir(name string) error                { return d.root.Mkdir(name, 0o700) }
func (d *dir) Symlink(target, name string) error      { return d.root.Symlink(target, name) }

func (d *dir) Settle(name string, perm fs.FileMode, atime, mtime time.Time) error {
	if err := d.root.Chtimes(name, atime, mtime); err != nil {
		return err
	}
	return d.root.Chmod(name, perm)
}

// Create begins a file under a name at the top that nobody has: another copy into the same directory may be under way, and one
// that was killed leaves its file. A sender who sends one of that name is told that it exists.
func (d *dir) Create() (Draft, error) {
	for {
		name := fmt.Sprintf(".filecopy-%d-%d", os.Getpid(), d.drafts.Add(1))
		f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0)
		switch {
		case err == nil:
			return &draft{d.root, f, name}, nil
		case !errors.Is(err, fs.ErrExist):
			return nil, err
		}
	}
}

// draft is a file under its name for the time being.
type draft struct {
	root *os.Root
	file *os.File
	name string
}

func (f *draft) Write(p []byte) (int, error) { return f.file.Write(p) }

// Commit links the file to its name, which must be free, and takes the other one away.
func (f *draft) Commit(name string, perm fs.FileMode, atime, mtime time.Time) error {
	err := f.file.Close()
	if err == nil {
		err = f.root.Chtimes(f.name, atime, mtime)
	}
	if err == nil {
		err = f.root.Chmod(f.name, perm)
	}
	if err == nil {
		err = f.root.Link(f.name, name)
	}
	if gone := f.root.Remove(f.name); err == nil {
		err = gone
	}
	return err
}

// Discard removes the file.
func (f *draft) Discard() error {
	f.file.Close()
	return f.root.Remove(f.name)
}
