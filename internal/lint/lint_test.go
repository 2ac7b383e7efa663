// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The rules on the repository, and each rule on files that it must refuse. Host only.

package lint

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// root is the module's root.
const root = "../.."

func TestRepository(t *testing.T) {
	tree, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Rules {
		t.Run(r.Name, func(t *testing.T) {
			for _, f := range r.Check(tree) {
				t.Error(f)
			}
		})
	}
}

// TestRulesCatch runs each rule on its archive in testdata: the findings must be those that the archive begins with.
func TestRulesCatch(t *testing.T) {
	for _, r := range Rules {
		t.Run(r.Name, func(t *testing.T) {
			want, tree := bad(t, r.Name)
			if want == "" {
				t.Fatalf("testdata/%s.txtar expects no finding", r.Name)
			}
			if got := list(r.Check(tree)); got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

// bad reads a rule's archive: its comment is the findings, its files are the tree.
func bad(t *testing.T, rule string) (string, *Tree) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", rule+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	archive := txtar.Parse(repeat(text))
	files, err := txtar.FS(archive)
	if err != nil {
		t.Fatal(err)
	}
	return string(archive.Comment), load(t, files)
}

func load(t *testing.T, files fs.FS) *Tree {
	t.Helper()
	tree, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// repeated matches a line "REPEAT n text" of an archive, which stands for n lines of text.
var repeated = regexp.MustCompile(`(?m)^REPEAT (\d+) (.*)\n`)

func repeat(text []byte) []byte {
	return repeated.ReplaceAllFunc(text, func(line []byte) []byte {
		m := repeated.FindSubmatch(line)
		n, _ := strconv.Atoi(string(m[1]))
		return []byte(strings.Repeat(string(m[2])+"\n", n))
	})
}

func list(found []Finding) string {
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintln(&b, f)
	}
	return b.String()
}

// TestHouse checks the table itself: every line is understood, and the arrows between zones make sense.
func TestHouse(t *testing.T) {
	for _, line := range strings.Split(strings.TrimSpace(house), "\n") {
		path, _, _ := strings.Cut(line, " ")
		if _, ok := rooms[path]; path != "" && !ok {
			t.Errorf("line not understood: %s", line)
		}
	}
	for _, r := range rooms {
		for _, to := range r.imports {
			if target, _ := roomOf(to); r.zone == privileged && target.zone != privileged && target.zone != data {
				t.Errorf("privileged %s may import %s, which is %q", r.path, to, target.zone)
			}
		}
	}
}
