// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the tests share: building programs and images, running them, and the
// limit on how many domains run at once. Host only.

package guests

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/labtest"
)

// top is the repository's top folder, as seen from this package.
const top = "../.."

// result is how a program or a domain ended.
type result struct {
	stdout, stderr string
	code           int
	took           time.Duration
}

// scratch is a folder for this run's binaries and images; TestMain removes it.
var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "domlet-guests-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = dir
	code := labtest.Main(m)
	os.RemoveAll(dir)
	os.Exit(code)
}

// longClass reports whether the long tests were asked for.
func longClass() bool { return os.Getenv("DOMLET_LAB") == "long" }

// needLab leaves a lab test out of a -short run, visibly, and holds the lab for
// the others: mkimage finds it up.
func needLab(t *testing.T) {
	t.Helper()
	labtest.Need(t)
}

// needLong leaves a long test out unless it was asked for.
func needLong(t *testing.T) {
	t.Helper()
	if testing.Short() || !longClass() {
		t.Skip("boots domains for minutes; run with DOMLET_LAB=long")
	}
	needLab(t)
}

// built remembers what was built, so that each package is built once a run.
type built struct {
	mu   sync.Mutex
	once map[string]func() (string, error)
}

// get returns the path that build made for key, building on the first call.
func (b *built) get(t *testing.T, key string, build func(out string) error) string {
	t.Helper()
	b.mu.Lock()
	if b.once == nil {
		b.once = map[string]func() (string, error){}
	}
	f, ok := b.once[key]
	if !ok {
		out := filepath.Join(scratch, strings.ReplaceAll(strings.TrimPrefix(key, "./"), "/", "-"))
		f = sync.OnceValues(func() (string, error) { return out, build(out) })
		b.once[key] = f
	}
	b.mu.Unlock()
	path, err := f()
	if err != nil {
		t.Fatalf("build %s: %v", key, err)
	}
	return path
}

var linux, images, tools built

// program builds pkg as a plain static Linux program.
func program(t *testing.T, pkg string) string {
	return linux.get(t, pkg+".linux", func(out string) error {
		return goBuild("-o", out, pkg)
	})
}

// mkimage builds the command under test.
func mkimage(t *testing.T) string {
	return tools.get(t, "./mkimage", func(out string) error {
		return goBuild("-o", out, "./mkimage")
	})
}

// goBuild runs go build in the repository, without cgo.
func goBuild(args ...string) error {
	cmd := exec.Command("go", append([]string{"build"}, args...)...)
	cmd.Dir = top
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return combined(cmd)
}

// combined runs cmd and puts all it printed into the error.
func combined(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

// image builds pkg as a bootable image, with the named Go toolchain or, where
// the name is empty, the installed one.
func image(t *testing.T, pkg, toolchain string) string {
	tool := mkimage(t)
	return images.get(t, pkg+"."+toolchain+".image", func(out string) error {
		cmd := exec.Command(tool, "build", "-o", out, pkg)
		cmd.Dir = top
		cmd.Env = os.Environ()
		if toolchain != "" {
			cmd.Env = append(cmd.Env, "GOTOOLCHAIN="+toolchain)
		}
		return combined(cmd)
	})
}

// run starts a command and waits for its end, at most for the given time.
func run(t *testing.T, within time.Duration, name string, args ...string) result {
	t.Helper()
	return runInto(t, new(bytes.Buffer), within, name, args...)
}

// runInto is run with a buffer for standard output.
func runInto(t *testing.T, stdout output, within time.Duration, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	cmd.Dir, cmd.Stdout, cmd.Stderr = top, stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	r := result{stdout: stdout.String(), stderr: stderr.String(), took: time.Since(start)}
	r.code = cmd.ProcessState.ExitCode()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%s %s: %v after %v\n%s", name, strings.Join(args, " "), err, r.took, r.tail())
	}
	return r
}

// output collects what a command prints.
type output interface {
	io.Writer
	fmt.Stringer
}

// begun is an output that tells when the first of it came.
type begun struct {
	text  bytes.Buffer
	first chan struct{} // closed then
}

func (b *begun) Write(p []byte) (int, error) {
	if b.text.Len() == 0 && len(p) > 0 {
		close(b.first)
	}
	return b.text.Write(p)
}

func (b *begun) String() string { return b.text.String() }

// tail is the beginning and the end of what was printed, for a failure's report.
func (r result) tail() string {
	return "--- standard output\n" + ends(r.stdout) + "\n--- standard error\n" + ends(r.stderr)
}

// ends leaves the middle of a long text out.
func ends(s string) string {
	const most = 3000
	if len(s) <= 2*most {
		return s
	}
	return s[:most] + "\n[...]\n" + s[len(s)-most:]
}

// slots bounds how many domains run at once.
var slots = make(chan struct{}, 2)

// inModes runs a test once for each way a domain can begin, with the mode's name
// in the test's.
func inModes(t *testing.T, test func(t *testing.T, mode string)) {
	t.Helper()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) { test(t, mode) })
	}
}

// boot runs g as a domain in the lab.
func boot(t *testing.T, g guest) result {
	t.Helper()
	return bootInto(t, new(bytes.Buffer), g)
}

// bootInto is boot with a buffer for the console.
func bootInto(t *testing.T, console output, g guest) result {
	t.Helper()
	file := image(t, g.pkg, g.toolchain)
	slots <- struct{}{}
	defer func() { <-slots }()
	return runInto(t, console, g.limit(), mkimage(t), g.command(file)...)
}

// command is what mkimage is called with to run the image file as g.
func (g guest) command(file string) []string {
	words := []string{"run", "-type", g.kind(), "-timeout", g.limit().String(), "-memory", fmt.Sprint(cmp.Or(g.memory, 64)),
		"-vcpus", fmt.Sprint(cmp.Or(g.vcpus, 1)), "-smp", fmt.Sprint(cmp.Or(g.smp, 1))}
	for _, pair := range g.env {
		words = append(words, "-env", pair)
	}
	for _, pair := range g.params {
		words = append(words, "-param", pair)
	}
	for _, pair := range g.limits {
		words = append(words, "-limit", pair)
	}
	return append(append(words, file, "--"), g.args...)
}

// kind is the type of domain that mkimage is asked for.
func (g guest) kind() string { return cmp.Or(g.mode, "pv") }

// limit bounds the run.
func (g guest) limit() time.Duration {
	return cmp.Or(g.within, 2*time.Minute)
}
