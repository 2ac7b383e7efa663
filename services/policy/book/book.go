// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package book has policies that are changed while they decide: what Qubes' services
// policy.Replace and so on change. A service whose policy stays as it is needs none of
// this, and is not linked with the hash that stands for a file's contents.
//
// Any goroutine.
package book

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/domlet/domlet/services/policy"
)

// Book is a policy in the files of a directory, of which some may be replaced while it is in use. A change that would be an
// error is refused, and what was there before stays; so a Book has errors only if it had them from the beginning, and then a
// change is one that leaves fewer. Changes are kept in memory.
type Book struct {
	dir string // in the tree of files
	now atomic.Pointer[policy.Policy]

	mu    sync.Mutex // covers files; held for each change
	files layers
}

// Limits of what a Book keeps in memory.
const (
	maxChange  = 64 << 10 // bytes of one file
	maxChanges = 64       // files
)

// Words that stand for a file as it is when it is to be changed.
const (
	AnyFile = "any" // whatever it is
	NewFile = "new" // there is none
)

// Errors of a Book's changes.
var (
	ErrNoFile  = errors.New("there is no such file")
	ErrChanged = errors.New("the file is another one than the token says: get it again")
	errName    = errors.New("a file's name has small letters, digits and _- only")
	errTooMuch = fmt.Errorf("only %d files of at most %d bytes can be changed", maxChanges, maxChange)
)

// Open opens the policy in a directory of a tree of files. Where there is no such directory, builtIn is its only file. The
// Book is never nil: with an error, which names file and line, it denies everything.
func Open(tree fs.FS, dir, builtIn string) (*Book, error) {
	dir = path.Clean(strings.Trim(dir, "/"))
	b := &Book{dir: dir, files: layers{base: tree, dir: dir, changed: map[string]*string{}}}
	if _, err := fs.Stat(tree, b.dir); errors.Is(err, fs.ErrNotExist) {
		b.files.changed[b.path("default")] = &builtIn
	}
	p, err := b.load(b.files)
	b.now.Store(p)
	return b, err
}

// Policy returns the policy as it is now.
func (b *Book) Policy() *policy.Policy { return b.now.Load() }

func (b *Book) load(files layers) (*policy.Policy, error) {
	return policy.Load(policy.Files{FS: files, Paths: []string{b.dir}, Root: "/"})
}

// path returns where the file of a name is: NAME.policy, or include/NAME.
func (b *Book) path(name string) string {
	if strings.HasPrefix(name, includes) {
		return path.Join(b.dir, name)
	}
	return path.Join(b.dir, name+policy.Suffix)
}

// includes is where files are that others include.
const includes = "include/"

// nameBytes are what the names of files have.
const nameBytes = "abcdefghijklmnopqrstuvwxyz0123456789_-"

// CheckFileName returns an error unless a file of a Book can have that name, without include/ and .policy.
func CheckFileName(name string) error {
	name = strings.TrimPrefix(name, includes)
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !strings.ContainsRune(nameBytes, r) }) {
		return fmt.Errorf("%.40q: %w", name, errName)
	}
	return nil
}

// List returns the names of the policy files, or of those that can be included, in the order of their bytes.
func (b *Book) List(include bool) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	dir := b.dir
	if include {
		dir = path.Join(dir, includes)
	}
	list, _ := b.files.ReadDir(dir) // without a directory there are none
	var names []string
	for _, e := range list {
		name, whole := strings.CutSuffix(e.Name(), policy.Suffix)
		if e.Type().IsRegular() && name[0] != '.' && (include || whole) {
			if include {
				name = e.Name()
			}
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Get returns a file, NAME or include/NAME, and the token that stands for it as it is.
func (b *Book) Get(name string) (text, token string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.get(name)
}

func (b *Book) get(name string) (text, token string, err error) {
	if err := CheckFileName(name); err != nil {
		return "", "", err
	}
	data, err := fs.ReadFile(b.files, b.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", fmt.Errorf("%s: %w", b.path(name), ErrNoFile)
	}
	return string(data), fmt.Sprintf("sha256:%x", sha256.Sum256(data)), err
}

// Replace makes text the file of a name, if that is now as its token says: a token of Get's, or AnyFile, or NewFile.
func (b *Book) Replace(name, token, text string) error { return b.change(name, token, &text) }

// Remove removes a file, if it is as its token says.
func (b *Book) Remove(name, token string) error {
	if token == NewFile {
		return ErrNoFile
	}
	return b.change(name, token, nil)
}

// change makes a change if the policy has no error with it, or fewer.
func (b *Book) change(name, token string, text *string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.is(name, token, text == nil); err != nil {
		return err
	}
	files := b.files.with(b.path(name), text)
	if len(files.changed) > maxChanges || text != nil && len(*text) > maxChange {
		return errTooMuch
	}
	p, err := b.load(files)
	if err != nil && !fewer(err, b.Policy().Err()) {
		return err
	}
	b.files = files
	b.now.Store(p)
	return nil
}

// fewer reports whether a policy has fewer errors now than before.
func fewer(now, before error) bool {
	var a, b policy.Errors
	return errors.As(now, &a) && errors.As(before, &b) && len(a) < len(b)
}

// is wants a file to be as a token says.
func (b *Book) is(name, token string, there bool) error {
	_, now, err := b.get(name)
	missing := errors.Is(err, ErrNoFile)
	switch {
	case err != nil && (!missing || there):
		return err
	case token == AnyFile, token == NewFile && missing, token == now && !missing:
		return nil
	}
	return ErrChanged
}
