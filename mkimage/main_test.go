// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The command as a user meets it: what build and env print, write and refuse,
// with domlet's own kernel. Nothing here boots.

package main

import (
	"bytes"
	"debug/buildinfo"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/domlet/domlet/lab/labtest"
	"github.com/domlet/domlet/mkimage/internal/inject"
)

// TestMain makes the test binary the command under test: it was compiled from
// the checkout, as mkimage is.
func TestMain(m *testing.M) {
	if os.Getenv("MKIMAGE_UNDER_TEST") != "" || len(os.Args) > 1 && os.Args[1] == "toolexec" {
		main()
		os.Exit(0)
	}
	var err error
	if cache, err = os.MkdirTemp("", "domlet-test-*"); err != nil {
		panic(err)
	}
	code := labtest.Main(m)
	os.RemoveAll(cache)
	os.Exit(code)
}

// cache is the cache directory of tests with foreign programs, whose images
// are not to stay in the user's.
var cache string

// result is what a command did.
type result struct {
	stdout, stderr string
	failed         bool
	code           int
}

// mkimage runs the command in dir.
func mkimage(t *testing.T, dir string, args ...string) result {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return execute(t, dir, self, args...)
}

func execute(t *testing.T, dir, command string, args ...string) result {
	t.Helper()
	cmd := exec.Command(command, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "MKIMAGE_UNDER_TEST=1")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		t.Fatal(err)
	}
	return result{stdout.String(), stderr.String(), err != nil, cmd.ProcessState.ExitCode()}
}

// foreign makes a program in a module that has never heard of domlet.
func foreign(t *testing.T) string {
	t.Helper()
	t.Setenv("DOMLET_CACHE", cache)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.com/prog\n\ngo 1.21\n",
		"main.go": "package main\n\nfunc main() { println(\"hello\") }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A build far from domlet's checkout writes the image and its configuration,
// and says nothing on stdout.
func TestBuildElsewhere(t *testing.T) {
	dir := foreign(t)
	if r := mkimage(t, dir, "build", "--memory", "12", "-type", "pvh"); r.failed || r.stdout != "" {
		t.Fatalf("%+v", r)
	}
	config := string(read(t, filepath.Join(dir, "prog.cfg")))
	for _, line := range []string{`name = "prog"`, `type = "pvh"`, `on_reboot = "destroy"`, `kernel = "` + filepath.Join(dir, "prog") + `"`, "memory = 12", "vcpus = 1"} {
		if !strings.Contains(config, line+"\n") {
			t.Errorf("no line %s in the configuration:\n%s", line, config)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "prog")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the image: %v %v", info, err)
	}
}

// mkimage cfg prints what mkimage build writes, with what the program declares.
func TestCfg(t *testing.T) {
	dir := foreign(t)
	file := filepath.Join(dir, "main.go")
	text := append(read(t, file), "\n//domlet:cfg max_event_channels=4096\n"...)
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	printed := mkimage(t, dir, "cfg", "-memory", "12", "-o", "x")
	if r := mkimage(t, dir, "build", "-memory", "12", "-o", "x"); r.failed || printed.failed {
		t.Fatalf("%+v %+v", r, printed)
	}
	if written := string(read(t, filepath.Join(dir, "x.cfg"))); written != printed.stdout || !strings.Contains(written, "\nmax_event_channels = 4096\n") {
		t.Errorf("cfg prints\n%s\nbuild writes\n%s", printed.stdout, written)
	}
}

// A plain go build in the environment of mkimage env makes the same bytes.
func TestEnvBuildsTheSame(t *testing.T) {
	dir := foreign(t)
	if r := mkimage(t, dir, "build", "-o", "one"); r.failed {
		t.Fatalf("%+v", r)
	}
	r := mkimage(t, dir, "env")
	if r.failed {
		t.Fatalf("%+v", r)
	}
	if sh := execute(t, dir, "sh", "-c", r.stdout+"unset MKIMAGE_UNDER_TEST\nexec go build -o two"); sh.failed {
		t.Fatalf("%s%+v", r.stdout, sh)
	}
	if !bytes.Equal(read(t, filepath.Join(dir, "one")), read(t, filepath.Join(dir, "two"))) {
		t.Error("go build and mkimage build made different images")
	}
}

// compiling is the note of a build that takes a while, which is none of a refusal.
// How much memory an image needs is known only when it is built.
var compiling = regexp.MustCompile(`(?m)^mkimage: compiling .*\n`)

// A command line that makes no sense ends with one line on stderr.
func TestRefusedCommandLines(t *testing.T) {
	dir := foreign(t)
	for _, args := range [][]string{
		{"build", "./nowhere"}, {"build", "a", "b"}, {"build", "--memory", "many"}, {"env", "./nowhere"}, {"nonsense"},
		{"build", "--memory", "0"}, {"build", "--memory", "3"}, {"build", "--vcpus", "0"}, {"build", "-type", "hvm"}, {"build", "-o", "no/where/image"}, {"toolexec"},
		{"build", "-files", "/no/such"}, {"build", "-certs", "go.mod"}, {"run", "-tz", "Mars/Olympus", "."}, {"run", "-files", "go.mod", "-files", "main.go:/go.mod", "."},
		{"test", "-race", "."}, {"test", "-fuzz", "X", "."}, {"contents", "./nowhere"}, {"contents", "go.mod"}, {"contents", "a", "b"},
	} {
		r := mkimage(t, dir, args...)
		r.stderr = compiling.ReplaceAllString(r.stderr, "")
		if !r.failed || r.stdout != "" || !strings.HasPrefix(r.stderr, "mkimage: ") || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("mkimage %v: %+v", args, r)
		}
		if args[0] == "test" && r.code != codeUsage {
			t.Errorf("mkimage %v: exit code %d", args, r.code)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("refused commands left %v", left)
	}
}

// A run that does not begin leaves the profile of an earlier one alone, and blames no
// program for having written none.
func TestOldProfiles(t *testing.T) {
	dir := foreign(t)
	for _, name := range []string{"heap", "cpu"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, refused := range [][]string{{"-p", "80:80", "."}, {"./nowhere"}} {
		r := mkimage(t, dir, append([]string{"run", "-profile", "heap", "-cpuprofile", "cpu"}, refused...)...)
		if r.code != codeFailed || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("mkimage run %v: %+v", refused, r)
		}
	}
	for _, name := range []string{"heap", "cpu"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); string(text) != "old" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

// A module that asks for the other supported release of Go gets it: hello
// links with domlet's kernel under both.
func TestGo127(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads a toolchain and compiles its standard library: left out by -short")
	}
	dir := foreign(t)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/prog\n\ngo 1.27.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOTOOLCHAIN", "auto")
	t.Setenv("GOROOT", "")
	if r := mkimage(t, dir, "build"); r.failed {
		t.Fatalf("%+v", r)
	}
	if info, err := buildinfo.ReadFile(filepath.Join(dir, "prog")); err != nil || info.GoVersion != "go1.27.0" {
		t.Errorf("the image was built with %v (%v)", info, err)
	}
}

// buildCopy copies the checkout to another directory and builds mkimage there.
func buildCopy(t *testing.T, flags ...string) (top, binary string) {
	t.Helper()
	top = t.TempDir()
	if err := copyCheckout(top); err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(t.TempDir(), "mkimage")
	args := append([]string{"build", "-buildvcs=false", "-o", binary}, flags...)
	if r := execute(t, top, "go", append(args, "./mkimage")...); r.failed {
		t.Fatalf("%+v", r)
	}
	return top, binary
}

// Equal sources in another checkout make equal images; without its sources,
// mkimage says where they were.
func TestOtherCheckout(t *testing.T) {
	top, binary := buildCopy(t)
	dir := foreign(t)
	if r := mkimage(t, dir, "build", "-o", "one"); r.failed {
		t.Fatalf("%+v", r)
	}
	if r := execute(t, dir, binary, "build", "-o", "two"); r.failed {
		t.Fatalf("%+v", r)
	}
	if !bytes.Equal(read(t, filepath.Join(dir, "one")), read(t, filepath.Join(dir, "two"))) {
		t.Error("two checkouts made different images")
	}
	if err := os.Remove(filepath.Join(top, "go.mod")); err != nil {
		t.Fatal(err)
	}
	want := "mkimage: domlet's sources are gone from " + top + ", where mkimage was built: rebuild mkimage where they are now\n"
	if r := execute(t, dir, binary, "build"); !r.failed || r.stderr != want {
		t.Errorf("without sources: %+v", r)
	}
}

// With -trimpath, a checkout leaves no trace in mkimage.
func TestTrimmedCheckout(t *testing.T) {
	_, binary := buildCopy(t, "-trimpath")
	want := "mkimage: mkimage was built with -trimpath and does not know its sources: " +
		"build it without, or use go install github.com/domlet/domlet/mkimage@latest\n"
	if r := execute(t, foreign(t), binary, "build"); !r.failed || r.stderr != want {
		t.Errorf("%+v", r)
	}
}

// mkimage from the module cache takes domlet's sources from there.
func TestInstalled(t *testing.T) {
	top := t.TempDir()
	if err := copyCheckout(top); err != nil {
		t.Fatal(err)
	}
	serveModule(t, top, "v0.9.0")
	bin := t.TempDir()
	t.Setenv("GOBIN", bin)
	if r := execute(t, bin, "go", "install", "-trimpath", "github.com/domlet/domlet/mkimage@v0.9.0"); r.failed {
		t.Fatalf("%+v", r)
	}
	dir := foreign(t)
	if r := execute(t, dir, filepath.Join(bin, "mkimage"), "build", "-o", "one"); r.failed {
		t.Fatalf("%+v", r)
	}
	if r := mkimage(t, dir, "build", "-o", "two"); r.failed {
		t.Fatalf("%+v", r)
	}
	if !bytes.Equal(read(t, filepath.Join(dir, "one")), read(t, filepath.Join(dir, "two"))) {
		t.Error("the module cache and the checkout made different images")
	}
}

// serveModule makes the go command find the module in dir, in the given
// version, as if it were published, and everything else in what this machine
// has downloaded already. It gets a module cache of its own.
func serveModule(t *testing.T, dir, version string) {
	t.Helper()
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	proxy := t.TempDir()
	at := filepath.Join(proxy, inject.Module, "@v", version)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	archive, err := os.Create(at + ".zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if err := zip.CreateFromDir(archive, module.Version{Path: inject.Module, Version: version}, dir); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(at+".mod", read(t, filepath.Join(dir, "go.mod")), 0o644)
	os.WriteFile(filepath.Join(filepath.Dir(at), "list"), []byte(version+"\n"), 0o644)
	os.WriteFile(at+".info", fmt.Appendf(nil, `{"Version":%q}`, version), 0o644)
	t.Setenv("GOPROXY", "file://"+proxy+",file://"+strings.TrimSpace(string(cache))+"/cache/download,off")
	t.Setenv("GONOSUMDB", "*")
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-modcacherw")
}

// copyCheckout copies domlet's Go files, and what they embed, to another place.
func copyCheckout(to string) error {
	from, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && rel != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
}
