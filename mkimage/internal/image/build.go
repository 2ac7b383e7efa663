// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Building through the go command.

package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/mkimage/internal/inject"
	"github.com/domlet/domlet/mkimage/internal/xlcfg"
)

// Options says what to build and how. Only Packages matters to most callers.
type Options struct {
	Dir      string   // where the go command runs; "" is the working directory
	Packages []string // as the go command names them; none is "."
	Memory   int      // MiB of the domain the image is for; 0: what the program declares
	Usual    int      // MiB where neither Memory nor the program says; 0: any
	// Accept is asked when it is known what the image will be, before anything is compiled; nil accepts all.
	Accept func(Image) error

	Out     string    // file for the image; "" is the package's base name in Dir
	Test    bool      // the test binary of the package rather than the program
	Flags   []string  // of the build, on top of GOFLAGS: -name=value each
	Profile bool      // the program writes its heap profile when it ends
	Go      string    // go command; "" is the one in PATH
	Wrapper string    // mkimage, for -toolexec; "" is the running program
	Source  string    // domlet's sources; "" finds them
	Added   fs.FS     // files added to the standard library; nil is domlet's own
	Stderr  io.Writer // progress, notes, and what the go command says; nil is os.Stderr
}

// Prepare returns the environment in which a plain `go build` (with Test, `go
// test -c`) makes images of the packages.
func Prepare(ctx context.Context, o Options) (*inject.Build, error) {
	o.fill()
	wrapper, err := keep(o.Wrapper)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(wrapper, " \t'\"") {
		wrapper = `"` + wrapper + `"`
	}
	return inject.Prepare(ctx, inject.Request{
		Dir: o.Dir, Patterns: o.Packages, Test: o.Test, Flags: o.Flags, Profile: o.Profile, Go: o.Go,
		Toolexec: wrapper + " toolexec", Source: o.Source, Added: o.Added,
		Note: func(line string) { fmt.Fprintln(o.Stderr, "mkimage:", line) },
	})
}

func (o *Options) fill() {
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	if o.Wrapper == "" {
		o.Wrapper = "/proc/self/exe"
	}
}

// Program returns a path of the running program that stays valid after it.
func Program() (string, error) { return keep("/proc/self/exe") }

// keep returns a path of the program that stays valid after this process: its
// own, or a copy of the same name in the cache where `go run` built it and will
// remove it.
func keep(program string) (string, error) {
	path, err := filepath.EvalSymlinks(program)
	if err != nil || !madeByGoRun(path) {
		return path, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	name := filepath.Base(path)
	dir, err := cachedir.Put("bin", map[string][]byte{name: data})
	kept := filepath.Join(dir, name)
	return kept, errors.Join(err, os.Chmod(kept, 0o755))
}

// madeByGoRun reports whether path is in a work directory or cache of the go
// command.
func madeByGoRun(path string) bool {
	cache := os.Getenv("GOCACHE")
	return strings.Contains(path, "/go-build") || cache != "" && strings.HasPrefix(path, cache+"/")
}

// Image is an image, made or to be made.
type Image struct {
	File   string        // absolute
	Memory int           // MiB of its domain; 0: nobody says
	Limits []xlcfg.Limit // what the program's sources declare
}

// Build makes one image. The file called o.Out is replaced in one step when
// everything went well, and not touched otherwise.
func Build(ctx context.Context, o Options) (Image, error) {
	o.fill()
	b, image, err := o.prepare(ctx)
	if err != nil {
		return image, err
	}
	if o.Accept != nil {
		if err := o.Accept(image); err != nil {
			return image, err
		}
	}
	data, err := o.compile(ctx, b)
	if err != nil {
		return image, err
	}
	if need := minMemory(data); image.Memory != 0 && image.Memory < need {
		return image, fmt.Errorf("%d MiB of memory are too little for %s: it needs at least %d", image.Memory, b.Packages[0].ImportPath, need)
	}
	return image, cachedir.WriteFile(image.File, data, 0o755)
}

// Describe returns what Build would, and makes nothing.
func Describe(ctx context.Context, o Options) (Image, error) {
	o.fill()
	_, image, err := o.prepare(ctx)
	return image, err
}

// prepare finds the one package to build and says what its image will be.
func (o *Options) prepare(ctx context.Context) (b *inject.Build, image Image, err error) {
	if b, err = Prepare(ctx, *o); err != nil {
		return nil, image, err
	}
	if len(b.Packages) != 1 {
		return nil, image, fmt.Errorf("%s names %d packages: build one at a time", strings.Join(o.Packages, " "), len(b.Packages))
	}
	if image.File, err = o.out(b.Packages[0]); err != nil {
		return nil, image, err
	}
	declared, err := b.Declared()
	image.Memory, image.Limits = cmp.Or(o.Memory, declared.Memory, o.Usual), declared.Limits
	return b, image, err
}

// out is the absolute path for the image of a package.
func (o *Options) out(p *inject.Package) (string, error) {
	name := o.Out
	if name == "" {
		name = filepath.Base(p.ImportPath)
		if o.Test {
			name += ".test"
		}
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return "", fmt.Errorf("%s is a directory: name a file with -o", path)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return "", fmt.Errorf("there is no directory %s for the image: create it first", filepath.Dir(path))
	}
	return path, nil
}

// compile runs the go command and returns the image it made. Each package has a
// place of its own in the cache, by which the go command finds out that nothing
// has changed; a lock makes builds of one package take turns.
func (o *Options) compile(ctx context.Context, b *inject.Build) ([]byte, error) {
	p := b.Packages[0]
	dir, err := o.place(p)
	if err != nil {
		return nil, err
	}
	unlock, err := cachedir.Lock(ctx, filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	defer unlock()
	file := filepath.Join(dir, "image")
	if !complete(file) {
		os.Remove(file)
	}
	if err := o.run(ctx, b, file); err != nil {
		return nil, err
	}
	if !complete(file) {
		return nil, fmt.Errorf("the go command left no whole image of %s: remove %s and try again", p.ImportPath, file)
	}
	return os.ReadFile(file) // before the next build, with other flags, makes another
}

// place is the directory in the cache that images of a package are made in.
func (o *Options) place(p *inject.Package) (string, error) {
	return cachedir.Make("image", fmt.Sprintf("%.16x", hashOf(p.Dir, o.Test)), func(string) error { return nil })
}

// patience is how long a build stays silent.
const patience = 2 * time.Second

// run has the go command make the image in file.
func (o *Options) run(ctx context.Context, b *inject.Build, file string) error {
	p := b.Packages[0]
	args := []string{"build", "-o", file, p.ImportPath}
	if o.Test {
		args = []string{"test", "-c", "-o", file, p.ImportPath}
	}
	work, err := os.MkdirTemp(os.Getenv("GOTMPDIR"), "mkimage-*") // the go command leaves its own when interrupted
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	cmd := exec.CommandContext(ctx, b.Go.Command(), args...)
	cmd.Dir, cmd.Env = o.Dir, append(append(os.Environ(), b.Env...), "GOTMPDIR="+work)
	cmd.Stdout, cmd.Stderr = o.Stderr, o.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // with its compilers, so that none outlives it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = time.Minute
	slow := time.AfterFunc(patience, func() {
		fmt.Fprintf(o.Stderr, "mkimage: compiling %s (the first time with the standard library)\n", p.ImportPath)
	})
	defer slow.Stop()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s was not built (%w)", p.ImportPath, cmp.Or(context.Cause(ctx), err))
	}
	return nil
}
