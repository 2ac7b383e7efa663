// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Policies in files: which are read, in what order, and what they include. Any
// goroutine.

package policy

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Limits of a policy, against files that include each other without end.
const (
	maxRules  = 1 << 16
	maxFiles  = 1 << 12
	maxDepth  = 16
	maxErrors = 100
	maxSize   = 1 << 20 // bytes of a file
)

// Suffix is how the names of a directory's policy files end.
const Suffix = ".policy"

// Files says where a policy is.
type Files struct {
	// FS holds all files. Absolute paths in directives begin at its root.
	FS fs.FS
	// Paths are files and directories in FS. The files are read in the order of
	// their names' bytes, without the directories, each name only once: a file in
	// an earlier directory replaces one of its name in a later one. In a directory
	// files whose names end in .policy and do not begin with a dot are read. A
	// file that is named here itself is read under any name, in the place in which
	// it is named, before the directories.
	Paths []string
	// Root is what names begin with in errors and explanations: where the user
	// finds FS, such as /.
	Root string
	// Compat is the directory that !compat-4.0 reads, in FS. Empty:
	// etc/qubes-rpc/policy.
	Compat string
}

// Load reads a policy. The policy is never nil: with an error, which is [Errors],
// it denies everything.
func Load(f Files) (*Policy, error) {
	l := &loader{Files: f}
	l.Compat = cmp.Or(l.Compat, "etc/qubes-rpc/policy")
	var directories []string
	for _, p := range f.Paths {
		l.at = Error{File: l.Root + p}
		info, err := fs.Stat(f.FS, p)
		switch {
		case err != nil:
			l.note(l.explain(p, err))
		case info.IsDir():
			directories = append(directories, path.Clean(p))
		default:
			l.base = path.Dir(p)
			l.note(l.file(p, l.line))
		}
	}
	l.at = Error{}
	for _, p := range l.merge(directories) {
		l.base, l.at = path.Dir(p), Error{File: l.Root + p}
		l.note(l.file(p, l.line))
	}
	return l.policy()
}

// LoadDir reads the policy in a directory of the tree of files of the root, and
// builtIn where there is no such directory.
func LoadDir(root fs.FS, dir, builtIn string) (*Policy, error) {
	dir = path.Clean(strings.Trim(dir, "/"))
	if _, err := fs.Stat(root, dir); errors.Is(err, fs.ErrNotExist) {
		return Parse("the built-in policy", builtIn)
	}
	return Load(Files{FS: root, Paths: []string{dir}, Root: "/"})
}

// loader reads files and collects rules and errors.
type loader struct {
	Files
	base  string   // the directory where relative paths of directives begin
	open  []string // the files that are being read, the innermost last
	files int      // how many were read
	rules []*Rule
	errs  Errors
	at    Error // where the loader reads
	over  bool  // there are too many rules
}

// policy returns what was read.
func (l *loader) policy() (*Policy, error) {
	if l.errs != nil {
		return Broken(l.errs), l.errs
	}
	return &Policy{rules: l.rules}, nil
}

// note remembers an error, if there is one, as one of the place that is read.
func (l *loader) note(err error) {
	if err != nil && len(l.errs) < maxErrors {
		l.errs = append(l.errs, &Error{l.at.File, l.at.Line, err.Error()})
	}
}

// full reports whether it is no use to read on.
func (l *loader) full() bool {
	if len(l.rules) > maxRules && !l.over {
		l.over = true
		l.note(fmt.Errorf("the policy has more than %d rules: files include each other too often", maxRules))
	}
	return l.over || len(l.errs) >= maxErrors
}

// file reads a file and has handle look at its lines.
func (l *loader) file(name string, handle func(words []string) error) error {
	l.files++
	switch {
	case slices.Contains(l.open, name):
		return fmt.Errorf("%s includes itself, by way of %s", l.Root+name, l.Root+strings.Join(l.open, ", "+l.Root))
	case len(l.open) == maxDepth:
		return fmt.Errorf("more than %d files include each other", maxDepth)
	case l.files > maxFiles:
		return fmt.Errorf("more than %d files are included", maxFiles)
	}
	text, err := l.read(name)
	if err != nil {
		return l.explain(name, err)
	}
	l.open = append(l.open, name)
	l.lines(l.Root+name, text, handle)
	l.open = l.open[:len(l.open)-1]
	return nil
}

func (l *loader) read(name string) (string, error) {
	if l.FS == nil {
		return "", errOneText
	}
	info, err := fs.Stat(l.FS, name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Size() > maxSize {
		return "", fmt.Errorf("it is no file of at most %d bytes", maxSize)
	}
	text, err := fs.ReadFile(l.FS, name)
	return string(text), err
}

// errOneText is what a directive gets from a policy that Parse reads.
var errOneText = errors.New("this policy is one text, and includes no files")

// resolve returns a directive's path as one of FS.
func (l *loader) resolve(p string) (string, error) {
	full := strings.TrimPrefix(path.Clean(p), "/")
	if !path.IsAbs(p) {
		full = path.Join(l.base, p)
	}
	if full == "" || !fs.ValidPath(full) {
		return "", fmt.Errorf("%s: a path that leaves the tree of files", p)
	}
	return full, nil
}

func (l *loader) include(p string, handle func(words []string) error) error {
	full, err := l.resolve(p)
	if err != nil {
		return err
	}
	return l.file(full, handle)
}

func (l *loader) includeService(service, argument, p string) error {
	if err := checkService(service, argument); err != nil {
		return err
	}
	return l.include(p, l.oldLine(service, argument))
}

func (l *loader) includeDir(p string) error {
	full, err := l.resolve(p)
	if err != nil {
		return err
	}
	for _, name := range l.merge([]string{full}) {
		l.note(l.file(name, l.line))
	}
	return nil
}

// explain puts an error of the file system into words.
func (l *loader) explain(name string, err error) error {
	if of := (*fs.PathError)(nil); errors.As(err, &of) {
		err = of.Err
	}
	if l.at.File == l.Root+name && l.at.Line == 0 {
		return fmt.Errorf("cannot be read: %w", err)
	}
	return fmt.Errorf("cannot read %s: %w", l.Root+name, err)
}
