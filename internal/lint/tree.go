// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The tree of files that the rules read. Host only.

package lint

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// Module is the path of this module.
const Module = "github.com/domlet/domlet"

// maxFile is the size in bytes above which a file is data, not source, and is left out.
const maxFile = 1 << 20

// File is one text file of the tree.
type File struct {
	Path string    // slash-separated, from the module's root
	Text []byte    // as stored
	AST  *ast.File // nil where the file is not Go source to be checked
	fset *token.FileSet
}

// Tree is all text files below the module's root, in lexical order.
type Tree struct{ Files []*File }

// Finding is a breach of a rule. File is empty where the tree as a whole is at fault, and Line is 0 where the whole file is.
type Finding struct {
	File string
	Line int
	Text string
}

// String formats a finding the way compilers do, so that editors can jump to it.
func (f Finding) String() string {
	switch {
	case f.File == "":
		return f.Text
	case f.Line == 0:
		return fmt.Sprintf("%s: %s", f.File, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// Load reads the tree. It leaves out .git and files that are not text.
func Load(root fs.FS) (*Tree, error) {
	t := &Tree{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		return t.add(root, name, d)
	})
	return t, err
}

func (t *Tree) add(root fs.FS, name string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	if info.Size() > maxFile {
		return nil
	}
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return nil
	}
	f := &File{Path: name, Text: text, fset: token.NewFileSet()}
	if strings.HasSuffix(name, ".go") && !f.in("testdata") {
		f.AST, err = parser.ParseFile(f.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	}
	t.Files = append(t.Files, f)
	return err
}

// Go lists the Go files outside testdata, tests included.
func (t *Tree) Go() []*File {
	var files []*File
	for _, f := range t.Files {
		if f.AST != nil {
			files = append(files, f)
		}
	}
	return files
}

// Sources lists the Go files of the module's packages, without tests.
func (t *Tree) Sources() []*File {
	var files []*File
	for _, f := range t.Go() {
		if !f.isTest() && !f.isOverlay() {
			files = append(files, f)
		}
	}
	return files
}

// Assembly lists the assembly files outside testdata.
func (t *Tree) Assembly() []*File {
	var files []*File
	for _, f := range t.Files {
		if strings.HasSuffix(f.Path, ".s") && !f.in("testdata") {
			files = append(files, f)
		}
	}
	return files
}

func (f *File) dir() string       { return path.Dir(f.Path) }
func (f *File) isTest() bool      { return strings.HasSuffix(f.Path, "_test.go") }
func (f *File) isGenerated() bool { return ast.IsGenerated(f.AST) }

// isOverlay reports whether the file becomes part of GOROOT rather than of a package of this module.
func (f *File) isOverlay() bool { return f.in("_goroot") }

// in reports whether one of the directories above the file has this name.
func (f *File) in(name string) bool {
	return strings.HasPrefix(f.Path, name+"/") || strings.Contains(f.Path, "/"+name+"/")
}

func (f *File) lines() []string { return strings.Split(string(f.Text), "\n") }

// at makes a finding at a position of the file.
func (f *File) at(pos token.Pos, format string, args ...any) Finding {
	return f.line(f.fset.Position(pos).Line, format, args...)
}

// line makes a finding in a line of the file.
func (f *File) line(n int, format string, args ...any) Finding {
	return Finding{f.Path, n, fmt.Sprintf(format, args...)}
}
