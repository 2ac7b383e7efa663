// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the tests share: a package archive made on the spot, which apt reads
// without network or root.

package debian

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repo is an archive in a temporary directory and an apt that knows only it.
type repo struct {
	dir string
	apt Apt
	log *strings.Builder
}

// newRepo makes the packages alpha, which depends on beta, and beta; each has a
// file, a link and documentation.
func newRepo(t *testing.T) *repo {
	t.Helper()
	r := &repo{dir: t.TempDir(), log: new(strings.Builder)}
	index := r.pack(t, "alpha", "1:2.0-1", "Depends: beta\n") + r.pack(t, "beta", "1.5~rc1", "")
	write(t, filepath.Join(r.dir, "archive/Packages"), index)
	write(t, filepath.Join(r.dir, "sources.list"), "deb [trusted=yes] copy:"+r.dir+"/archive ./\n")
	for _, d := range []string{"lists/partial", "parts", "debs/partial"} {
		must(t, os.MkdirAll(filepath.Join(r.dir, d), 0o755))
	}
	r.apt = Apt{
		Options: []string{
			"Dir::Etc::sourcelist=" + r.dir + "/sources.list", "Dir::Etc::sourceparts=" + r.dir + "/parts",
			"Dir::State::lists=" + r.dir + "/lists", "Dir::Cache::archives=" + r.dir + "/debs",
			"APT::Sandbox::User=root", "APT::Update::Post-Invoke=", "APT::Architecture=amd64",
		},
		Log: func(format string, args ...any) { fmt.Fprintf(r.log, format+"\n", args...) },
	}
	return r
}

// update makes apt read the archive's index.
func (r *repo) update(t *testing.T) {
	t.Helper()
	if _, err := r.apt.run(t.Context(), "", "apt-get", "-q", "update"); err != nil {
		t.Fatal(err)
	}
}

// pack builds one package and returns its entry in the index.
func (r *repo) pack(t *testing.T, name, version, fields string) string {
	t.Helper()
	root := filepath.Join(r.dir, "build", name)
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: nobody <nobody@example.org>\n%sDescription: a test\n",
		name, version, fields)
	write(t, filepath.Join(root, "DEBIAN/control"), control)
	write(t, filepath.Join(root, "usr/lib", name), strings.Repeat(name+"\n", 200))
	write(t, filepath.Join(root, "usr/share/doc", name, "README"), "read me\n")
	must(t, os.Symlink("/usr/lib/"+name, filepath.Join(root, "usr/lib", name+".so")))
	file := name + ".deb"
	out := filepath.Join(r.dir, "archive", file)
	must(t, os.MkdirAll(filepath.Dir(out), 0o755))
	if msg, err := exec.Command("dpkg-deb", "--root-owner-group", "-b", root, out).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb: %v: %s", err, msg)
	}
	data, err := os.ReadFile(out)
	must(t, err)
	return fmt.Sprintf("%sFilename: ./%s\nSize: %d\nSHA256: %x\n\n", control, file, len(data), sha256.Sum256(data))
}

// write writes a file and the directories above it.
func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

// must ends the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files lists the regular files in a directory.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
