// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a program's sources declare of the domain they need. Runs on the host.

package inject

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/domlet/domlet/mkimage/internal/xlcfg"
)

// directive begins a comment that declares limits, in any file of the program or
// of a package that it imports, or, in package main alone, the memory in MiB:
//
//	//domlet:cfg max_event_channels=4096 max_grant_frames=64
//	//domlet:cfg memory=16
//
// To the go command, and so on Linux, it is a comment.
const directive = "//domlet:cfg"

// memory is what only the program itself can know how much it takes of.
const memory = "memory"

// declarable are the limits that can be declared: of two declarations of one,
// the larger number serves both.
var declarable = []string{"max_event_channels", "max_grant_frames", "max_maptrack_frames"}

// Declared is what the sources of a program declare.
type Declared struct {
	Memory int           // in MiB; 0 if none is declared
	Limits []xlcfg.Limit // in the order of declarable
}

// Declared returns what the program and the packages that it imports declare.
func (b *Build) Declared() (d Declared, err error) {
	most := map[string]int{}
	for _, p := range b.all {
		if p.Standard {
			continue
		}
		for _, name := range p.GoFiles {
			if err := declaredIn(filepath.Join(p.Dir, name), p.Name == "main", most); err != nil {
				return d, err
			}
		}
	}
	d.Memory = most[memory]
	for _, name := range declarable {
		if n, ok := most[name]; ok {
			d.Limits = append(d.Limits, xlcfg.Limit{Name: name, Value: n})
		}
	}
	return d, nil
}

// declaredIn adds a file's declarations to the largest so far.
func declaredIn(path string, main bool, most map[string]int) error {
	text, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(text, []byte(directive)) {
		return err
	}
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil // the compiler says it better
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if err := declaration(c, main, most); err != nil {
				return fmt.Errorf("%s: %w", set.Position(c.Pos()), err)
			}
		}
	}
	return nil
}

// declaration adds the numbers of a comment, if it is a directive.
func declaration(c *ast.Comment, main bool, most map[string]int) error {
	rest, ok := strings.CutPrefix(c.Text, directive)
	if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return nil
	}
	words := strings.Fields(rest)
	if len(words) == 0 {
		return fmt.Errorf("%s declares nothing: write name=number behind it", directive)
	}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil || n == 0 {
			return fmt.Errorf("%s: %q is not name=number", directive, word)
		}
		switch {
		case slices.Contains(declarable, name), name == memory && main:
		case name == memory:
			return fmt.Errorf("%s: memory is for package main to declare", directive)
		default:
			return fmt.Errorf("%s: no limit %q can be declared: use %s", directive, name, strings.Join(declarable, ", "))
		}
		most[name] = max(most[name], int(n))
	}
	return nil
}
