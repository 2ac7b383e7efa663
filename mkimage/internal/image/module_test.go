// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Programs in modules of all kinds keep their meaning: language version,
// GODEBUG defaults, and the versions of what they depend on.

package image

import (
	"archive/zip"
	"debug/buildinfo"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/mkimage/internal/inject"
)

// loop prints 3 3 3 with Go 1.21's loop variables and 0 1 2 with today's.
const loop = `package main

func main() {
	var f []func() int
	for i := 0; i < 3; i++ {
		f = append(f, func() int { return i })
	}
	println(f[0](), f[1](), f[2]())
}
`

func TestLoopVariables(t *testing.T) {
	for version, want := range map[string]string{"1.21": "3 3 3\n", "1.22": "0 1 2\n"} {
		dir := tree(t, map[string]string{"go.mod": "module example.com/loop\n\ngo " + version + "\n", "main.go": loop})
		wantOutput(t, standIn(t, dir), want)
	}
}

// settings returns what a binary says of its build: the dependencies, less
// domlet, and the default of GODEBUG.
func settings(t *testing.T, path string) string {
	t.Helper()
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range info.Deps {
		if d.Path != inject.Module {
			lines = append(lines, d.Path+"@"+d.Version)
		}
	}
	slices.Sort(lines)
	for _, s := range info.Settings {
		if s.Key == "DefaultGODEBUG" {
			lines = append(lines, s.Value)
		}
	}
	return strings.Join(lines, "\n")
}

// wantSameSettings builds the package with and without domlet.
func wantSameSettings(t *testing.T, o Options) {
	t.Helper()
	plain := filepath.Join(t.TempDir(), "plain")
	goRun(t, o.Dir, nil, append([]string{"build", "-buildvcs=false", "-o", plain}, o.Packages...)...)
	if got, want := settings(t, build(t, o)), settings(t, plain); got != want {
		t.Errorf("the image has the settings\n%s\nthe plain program\n%s", got, want)
	}
}

func TestGODEBUGDefaults(t *testing.T) {
	for name, gomod := range map[string]string{
		"no go line": "module example.com/a\n",
		"1.16":       "module example.com/a\n\ngo 1.16\n",
		"1.21":       "module example.com/a\n\ngo 1.21\n",
		"1.23.4":     "module example.com/a\n\ngo 1.23.4\n",
		"written":    "module example.com/a\n\ngo 1.24\n\ngodebug (\n\tdefault=go1.21\n\tpanicnil=1\n)\n",
	} {
		t.Run(name, func(t *testing.T) {
			wantSameSettings(t, standIn(t, tree(t, map[string]string{"go.mod": gomod, "main.go": loop})))
		})
	}
}

// proxy serves modules from a directory; each "path@version" has one package,
// which requires and imports others.
func proxy(t *testing.T, modules map[string][]string, goVersion string) (env []string) {
	t.Helper()
	root := t.TempDir()
	for m, requires := range modules {
		path, version, _ := strings.Cut(m, "@")
		gomod := "module " + path + "\n\ngo " + goVersion + "\n"
		code := "package " + filepath.Base(path) + "\n"
		for _, r := range requires {
			gomod += "\nrequire " + strings.Replace(r, "@", " ", 1) + "\n"
			code += "\nimport _ \"" + strings.Split(r, "@")[0] + "\"\n"
		}
		dir := filepath.Join(root, path, "@v")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(dir, version+".mod"), []byte(gomod), 0o644)
		os.WriteFile(filepath.Join(dir, version+".info"), fmt.Appendf(nil, `{"Version":%q}`, version), 0o644)
		zipModule(t, filepath.Join(dir, version+".zip"), map[string]string{
			m + "/go.mod": gomod, m + "/" + filepath.Base(path) + ".go": code})
	}
	return []string{"GOPROXY=file://" + root, "GONOSUMDB=*", "GOMODCACHE=" + t.TempDir(), "GOFLAGS=-modcacherw"}
}

func zipModule(t *testing.T, path string, files map[string]string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// diamond is a graph in which minimal version selection has something to do.
var diamond = map[string][]string{
	"example.com/left@v1.0.0":  {"example.com/base@v1.1.0"},
	"example.com/right@v1.0.0": {"example.com/base@v1.2.0"},
	"example.com/base@v1.0.0":  nil,
	"example.com/base@v1.1.0":  nil,
	"example.com/base@v1.2.0":  nil,
	"example.com/base@v1.3.0":  nil,
}

// diamondModule writes a program over the graph and sets the environment such
// that everything is in the module cache and nothing can be fetched.
func diamondModule(t *testing.T, goVersion string) string {
	t.Helper()
	env := proxy(t, diamond, goVersion)
	for _, setting := range env {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	dir := tree(t, map[string]string{
		"go.mod": "module example.com/top\n\ngo " + goVersion + "\n\nrequire (\n\texample.com/left v1.0.0\n\texample.com/right v1.0.0\n)\n",
		"main.go": "package main\n\nimport (\n\t_ \"example.com/left\"\n\t_ \"example.com/right\"\n)\n\n" +
			"func main() { println(\"top\") }\n"})
	goRun(t, dir, nil, "mod", "tidy")
	t.Setenv("GOPROXY", "off")
	return dir
}

// A fresh clone that was only ever built has less in the module cache than
// the whole graph: what no package of the program needs.
func TestBuiltCloneOffline(t *testing.T) {
	graph := maps.Clone(diamond)
	graph["example.com/check@v1.0.0"] = []string{"example.com/deep@v1.0.0"}
	graph["example.com/deep@v1.0.0"] = nil
	for _, setting := range proxy(t, graph, "1.24") {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	dir := tree(t, map[string]string{
		"go.mod":       "module example.com/top\n\ngo 1.24\n\nrequire (\n\texample.com/left v1.0.0\n\texample.com/check v1.0.0\n)\n",
		"main.go":      "package main\n\nimport _ \"example.com/left\"\n\nfunc main() { println(\"top\") }\n",
		"main_test.go": "package main\n\nimport _ \"example.com/check\"\n"})
	goRun(t, dir, nil, "mod", "tidy")
	t.Setenv("GOMODCACHE", t.TempDir())
	goRun(t, dir, nil, "build", "-o", filepath.Join(t.TempDir(), "plain"))
	t.Setenv("GOPROXY", "off")
	o := standIn(t, dir)
	wantSameSettings(t, o)
	wantOutput(t, o, "top\n")
}

// Without the network, and with or without pruning of the module graph, every
// dependency keeps its version, and the module its files.
func TestDependencies(t *testing.T) {
	for _, version := range []string{"1.16", "1.24"} {
		t.Run("go "+version, func(t *testing.T) {
			dir := diamondModule(t, version)
			before := string(read(t, filepath.Join(dir, "go.mod"))) + string(read(t, filepath.Join(dir, "go.sum")))
			o := standIn(t, dir)
			wantSameSettings(t, o)
			wantOutput(t, o, "top\n")
			after := string(read(t, filepath.Join(dir, "go.mod"))) + string(read(t, filepath.Join(dir, "go.sum")))
			if files, _ := os.ReadDir(dir); before != after || len(files) != 3 {
				t.Error("the build changed the module")
			}
		})
	}
}

// A program in somebody's workspace is built with that workspace's modules,
// replacements and defaults.
func TestWorkspace(t *testing.T) {
	top := diamondModule(t, "1.21")
	dir := tree(t, map[string]string{
		"go.work":       "go 1.23\n\ngodebug panicnil=1\n\nuse (\n\t" + top + "\n\t./lib\n)\n\nreplace example.com/base => ./mine\n",
		"lib/go.mod":    "module example.com/right\n\ngo 1.21\n\nrequire example.com/base v1.2.0\n",
		"lib/right.go":  "package right\n\nfunc init() { println(\"lib\") }\n",
		"mine/go.mod":   "module example.com/base\n\ngo 1.21\n",
		"mine/base.go":  "package base\n\nfunc init() { println(\"mine\") }\n",
		"elsewhere/txt": "",
	})
	o := standIn(t, dir)
	o.Packages = []string{"example.com/top"}
	wantOutput(t, o, "mine\nlib\ntop\n")
	wantSameSettings(t, o)
	o.Dir = top
	o.Packages = nil
	t.Setenv("GOWORK", filepath.Join(dir, "go.work"))
	wantOutput(t, o, "mine\nlib\ntop\n")
	t.Setenv("GOWORK", "off")
	wantOutput(t, o, "top\n")
}

// A vendor directory is refused with what to do, which then works.
func TestVendor(t *testing.T) {
	dir := diamondModule(t, "1.24")
	goRun(t, dir, nil, "mod", "vendor")
	o := standIn(t, dir)
	wantRefusal(t, o, dir+" cannot be built from its vendor directory: set GOFLAGS=-mod=readonly")
	t.Setenv("GOFLAGS", "-mod=readonly")
	wantOutput(t, o, "top\n")
}
