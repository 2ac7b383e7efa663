// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Directories of policy files, of the 5.0 format and of Qubes OS 4.0's. Any
// goroutine.

package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// merge lists the policy files of directories in the order in which they count.
func (l *loader) merge(directories []string) []string {
	byName := map[string]string{}
	var names []string
	for _, dir := range directories {
		for _, name := range l.list(dir) {
			if byName[name] == "" {
				byName[name] = path.Join(dir, name)
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = byName[name]
	}
	return names
}

// list returns the names of the policy files in a directory. One that is not
// well-formed is an error: sorted by others, it might stand somewhere else.
func (l *loader) list(dir string) []string {
	var names []string
	for _, name := range l.entries(dir) {
		switch {
		case !strings.HasSuffix(name, Suffix) || name[0] == '.':
		case strings.ToLower(name) != name || !onlyNameBytes(name):
			l.noteFile(l.Root+path.Join(dir, name), "the names of policy files have digits, small letters and _.- only")
		default:
			names = append(names, name)
		}
	}
	return names
}

// noteFile notes an error of a file that is not read: as the file's own or, where a
// directive asks for it, as the directive's.
func (l *loader) noteFile(name, text string) {
	if l.at.File == "" {
		l.errs = append(l.errs, &Error{File: name, Text: text})
		return
	}
	l.note(fmt.Errorf("%s: %s", name, text))
}

// entries returns the names of the files, or links to files, in a directory.
func (l *loader) entries(dir string) []string {
	if l.FS == nil {
		l.note(errOneText)
		return nil
	}
	info, err := fs.Stat(l.FS, dir)
	if err == nil && !info.IsDir() {
		err = errors.New("it is no directory")
	}
	var list []fs.DirEntry
	if err == nil {
		list, err = fs.ReadDir(l.FS, dir)
	}
	if err != nil {
		l.note(l.explain(dir, err))
		return nil
	}
	var names []string
	for _, e := range list {
		info, err := fs.Stat(l.FS, path.Join(dir, e.Name()))
		if err == nil && info.Mode().IsRegular() || e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	return names
}

// compatIgnored are the endings of files that a package manager or an editor left
// behind.
var compatIgnored = []string{".rpmsave", ".rpmnew", ".swp"}

// compatFile is a file of Qubes OS 4.0, named SERVICE or SERVICE+ARGUMENT.
type compatFile struct{ name, service, argument string }

// includeCompat reads the directory of Qubes OS 4.0. There a file for an argument
// ended in a refusal, which one without did not.
func (l *loader) includeCompat() error {
	for _, f := range l.compatFiles() {
		name := path.Join(l.Compat, f.name)
		base := l.base
		l.base = l.Compat
		l.note(l.file(name, l.oldLine(f.service, f.argument)))
		l.base = base
		if f.argument != anyWord {
			l.rules = append(l.rules, closing(l.Root+name, f)...)
		}
	}
	return nil
}

// closing are the rules behind a file for an argument.
func closing(name string, f compatFile) []*Rule {
	var rules []*Rule
	for _, target := range []kind{anyVM, admin} {
		rules = append(rules, &Rule{File: name, Service: f.service, Argument: f.argument,
			Source: Token{kind: anyVM}, Target: Token{kind: target}, Notify: true, Autostart: true})
	}
	return rules
}

// compatFiles lists the files of Qubes OS 4.0: by service, and a service's
// arguments before the file for all of them.
func (l *loader) compatFiles() []compatFile {
	var files []compatFile
	for _, name := range l.entries(l.Compat) {
		service, argument, has := strings.Cut(name, "+")
		f := compatFile{name, service, anyWord}
		if has {
			f.argument = "+" + argument
		}
		ignored := slices.ContainsFunc(compatIgnored, func(s string) bool { return strings.HasSuffix(name, s) })
		if !ignored && name[0] != '.' && checkService(f.service, f.argument) == nil {
			files = append(files, f)
		}
	}
	slices.SortFunc(files, compareCompat)
	return files
}

func compareCompat(a, b compatFile) int {
	if c := strings.Compare(a.service, b.service); c != 0 {
		return c
	}
	if all := a.argument == anyWord; all != (b.argument == anyWord) {
		if all {
			return 1
		}
		return -1
	}
	return strings.Compare(a.argument, b.argument)
}
