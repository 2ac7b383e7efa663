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
// of a package that it imports:
//
//	//domlet:cfg max_event_channels=4096 max_grant_frames=64
//
// To the go command, and so on Linux, it is a comment.
const directive = "//domlet:cfg"

// declarable are the limits that can be declared: of two declarations of one,
// the larger number serves both.
var declarable = []string{"max_event_channels", "max_grant_frames", "max_maptrack_frames"}

// Limits returns what the program and the packages that it imports declare, in
// the order of their names.
func (b *Build) Limits() ([]xlcfg.Limit, error) {
	most := map[string]int{}
	for _, p := range b.all {
		if p.Standard {
			continue
		}
		for _, name := range p.GoFiles {
			if err := declaredIn(filepath.Join(p.Dir, name), most); err != nil {
				return nil, err
			}
		}
	}
	var limits []xlcfg.Limit
	for _, name := range declarable {
		if n, ok := most[name]; ok {
			limits = append(limits, xlcfg.Limit{Name: name, Value: n})
		}
	}
	return limits, nil
}

// declaredIn adds a file's declarations to the largest so far.
func declaredIn(path string, most map[string]int) error {
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
			if err := declaration(c, most); err != nil {
				return fmt.Errorf("%s: %w", set.Position(c.Pos()), err)
			}
		}
	}
	return nil
}

// declaration adds the limits of a comment, if it is a directive.
func declaration(c *ast.Comment, most map[string]int) error {
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
		if !slices.Contains(declarable, name) {
			return fmt.Errorf("%s: no limit %q can be declared: use %s", directive, name, strings.Join(declarable, ", "))
		}
		most[name] = max(most[name], int(n))
	}
	return nil
}
