// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Policies with requests and what must come of them, in testdata: an archive each,
// with the files of the policy below fs/, the domains, the paths to load, and
// either requests with their answers or the errors. Host only.

package policy

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

var rewrite = flag.Bool("rewrite", false, "write what comes of the requests into testdata")

// scene is one archive.
type scene struct {
	archive *txtar.Archive
	domains *Domains
	files   Files
}

func readScene(t *testing.T, path string) *scene {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{}
	for _, f := range archive.Files {
		if name, ok := strings.CutPrefix(f.Name, "fs/"); ok {
			tree[name] = &fstest.MapFile{Data: f.Data}
		}
	}
	s := &scene{archive: archive, files: Files{FS: tree, Paths: strings.Fields(part(archive, "paths"))}}
	if s.domains, err = ParseDomains("domains", part(archive, "domains")); err != nil {
		t.Fatal(err)
	}
	return s
}

// part returns the text of an archive's file, empty where there is none.
func part(a *txtar.Archive, name string) string {
	text := ""
	for _, f := range a.Files {
		if f.Name == name {
			text = string(f.Data)
		}
	}
	return text
}

// put changes the text of an archive's file.
func put(a *txtar.Archive, name, text string) {
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == name })
	a.Files[i].Data = []byte(text)
}

func TestData(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 8 {
		t.Fatal(len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			s := readScene(t, path)
			name, got := s.run(t)
			want := part(s.archive, name)
			if *rewrite {
				put(s.archive, name, got)
				if err := os.WriteFile(path, txtar.Format(s.archive), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
			}
		})
	}
}

// run returns the part of the archive that says what comes out, and what does.
func (s *scene) run(t *testing.T) (name, got string) {
	p, err := Load(s.files)
	var b strings.Builder
	if part(s.archive, "requests") == "" {
		errs, _ := err.(Errors)
		for _, e := range errs {
			fmt.Fprintln(&b, e)
		}
		return "errors", b.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(part(s.archive, "requests")), "\n") {
		request, _, _ := strings.Cut(line, " => ")
		if line == "" || line[0] == '#' {
			fmt.Fprintln(&b, line)
			continue
		}
		fmt.Fprintf(&b, "%s => %s\n", request, answer(p, s.domains, parseRequest(request)))
	}
	return "requests", b.String()
}

// parseRequest reads SERVICE+ARGUMENT SOURCE TARGET; "" is an empty target.
func parseRequest(line string) Request {
	words := append(strings.Fields(line), "", "")
	service, argument, _ := strings.Cut(words[0], "+")
	return Request{service, argument, words[1], strings.Trim(words[2], "\"")}
}

// answer is a decision with all that belongs to it.
func answer(p *Policy, dir Directory, r Request) string {
	d := p.Evaluate(dir, r)
	text := d.String()
	switch d.Action {
	case Allow:
		text += " to " + d.Target
	case Ask:
		text += ": " + strings.Join(d.Targets, " ")
		if d.Default != "" {
			text += ", first " + d.Default
		}
	}
	if d.User() != "" {
		text += ", as " + d.User()
	}
	if d.Notify() != (d.Action == Deny) {
		text += fmt.Sprintf(", notify=%v", d.Notify())
	}
	return text
}
