// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A tree of files with some that were changed. Any goroutine; a value never changes.

package book

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// layers are files over files.
type layers struct {
	base    fs.FS
	dir     string             // a directory that is there even if base has none
	changed map[string]*string // by path; nil: removed
}

// with returns the files with one more change. Of a file that was never in base nothing is left when it is removed.
func (l layers) with(name string, text *string) layers {
	changed := maps.Clone(l.changed)
	changed[name] = text
	if _, err := fs.Stat(l.base, name); text == nil && errors.Is(err, fs.ErrNotExist) {
		delete(changed, name)
	}
	return layers{l.base, l.dir, changed}
}

// Open opens a file.
func (l layers) Open(name string) (fs.File, error) {
	text, ok := l.changed[name]
	switch {
	case ok && text == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case ok:
		return &changedFile{Reader: bytes.NewReader([]byte(*text)), info: infoOf(name, *text)}, nil
	}
	return l.base.Open(name)
}

// Stat describes a file. A directory is there also where all that is in it was changed.
func (l layers) Stat(name string) (fs.FileInfo, error) {
	text, ok := l.changed[name]
	switch {
	case ok && text == nil:
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	case ok:
		return infoOf(name, *text), nil
	}
	info, err := fs.Stat(l.base, name)
	if errors.Is(err, fs.ErrNotExist) && (name == l.dir || len(l.below(name)) > 0) {
		return fileInfo{name: path.Base(name), mode: fs.ModeDir | 0o755}, nil
	}
	return info, err
}

// ReadDir lists a directory.
func (l layers) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(l.base, name)
	changed := l.below(name)
	if err != nil && (!errors.Is(err, fs.ErrNotExist) || name != l.dir && len(changed) == 0) {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(e fs.DirEntry) bool {
		_, ok := l.changed[path.Join(name, e.Name())]
		return ok
	})
	for _, file := range changed {
		if text := l.changed[file]; text != nil {
			list = append(list, fs.FileInfoToDirEntry(infoOf(file, *text)))
		}
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// below lists what was changed in a directory.
func (l layers) below(dir string) (files []string) {
	for file := range l.changed {
		if path.Dir(file) == dir {
			files = append(files, file)
		}
	}
	return files
}

// changedFile is an open file that was changed.
type changedFile struct {
	*bytes.Reader
	info fileInfo
}

func (f *changedFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *changedFile) Close() error               { return nil }

// fileInfo describes a file that was changed.
type fileInfo struct {
	name string
	size int64
	mode fs.FileMode
}

func infoOf(name, text string) fileInfo {
	return fileInfo{name: path.Base(name), size: int64(len(text)), mode: 0o644}
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.mode.IsDir() }
func (i fileInfo) Sys() any           { return nil }
