// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A tree in memory that believes nothing it is told. Host.

package filecopy

import (
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// memory is a tree of fstest's files. It fails the test for what no receiver may ask of a tree.
type memory struct {
	testing.TB
	files fstest.MapFS
}

func (m *memory) Lstat(name string) (fs.FileInfo, error) {
	if m.files[name] == nil { // MapFS would make directories up
		return nil, fs.ErrNotExist
	}
	return m.files.Lstat(name)
}

// add makes something new: below a directory, under a name that leads down.
func (m *memory) add(name string, f *fstest.MapFile) error {
	if name == "" || path.Clean("/"+name) != "/"+name || strings.Contains(name, "\x00") {
		m.Errorf("asked for the name %q", name)
	}
	if up := path.Dir(name); up != "." && (m.files[up] == nil || !m.files[up].Mode.IsDir()) {
		if m.files[up] != nil {
			m.Errorf("asked for %q below what is no directory", name)
		}
		return fs.ErrNotExist
	}
	if m.files[name] != nil {
		return fs.ErrExist
	}
	m.files[name] = f
	return nil
}

func (m *memory) Mkdir(name string) error {
	return m.add(name, &fstest.MapFile{Mode: fs.ModeDir | 0o700})
}

func (m *memory) Symlink(target, name string) error {
	top, _, _ := strings.Cut(name, "/")
	if to := path.Join(path.Dir(name), target); path.IsAbs(target) || to != top && !strings.HasPrefix(to, top+"/") {
		m.Errorf("asked for a link from %q to %q", name, target)
	}
	return m.add(name, &fstest.MapFile{Mode: fs.ModeSymlink})
}

func (m *memory) Settle(name string, perm fs.FileMode, _, _ time.Time) error {
	if f := m.files[name]; f == nil || !f.Mode.IsDir() || perm&^fs.ModePerm != 0 {
		m.Errorf("asked to settle %q as %v", name, perm)
	}
	return nil
}

func (m *memory) Create() (Draft, error) { return &page{in: m}, nil }

// page is a file of memory's.
type page struct {
	in   *memory
	data []byte
}

func (p *page) Write(b []byte) (int, error) {
	p.data = append(p.data, b...)
	return len(b), nil
}

func (p *page) Commit(name string, perm fs.FileMode, _, mtime time.Time) error {
	return p.in.add(name, &fstest.MapFile{Mode: perm, Data: p.data, ModTime: mtime})
}

func (p *page) Discard() error { return nil }
