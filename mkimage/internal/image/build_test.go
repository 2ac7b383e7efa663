// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a build makes: the same bytes however and wherever it is asked for.

package image

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/mkimage/internal/inject"
)

func TestHello(t *testing.T) {
	wantOutput(t, standIn(t, helloModule(t)), "hello\n")
}

// read returns the content of a file.
func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A plain go build in the environment of Prepare makes the bytes of Build.
func TestPlainGoBuild(t *testing.T) {
	o := standIn(t, helloModule(t))
	image := build(t, o)
	b, err := Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	goRun(t, o.Dir, b.Env, "build", "-o", plain)
	if !bytes.Equal(read(t, image), read(t, plain)) {
		t.Error("go build and mkimage build made different images")
	}
}

// Neither the directory of the program nor that of the cache is in the image.
func TestReproducible(t *testing.T) {
	one := read(t, build(t, standIn(t, helloModule(t))))
	t.Setenv("DOMLET_CACHE", t.TempDir())
	two := read(t, build(t, standIn(t, helloModule(t))))
	if !bytes.Equal(one, two) {
		t.Error("two directories gave two images")
	}
}

// A change in the kernel compiles the kernel, and not the standard library.
func TestKernelChangeIsCheap(t *testing.T) {
	o := standIn(t, helloModule(t))
	source := t.TempDir()
	if err := os.CopyFS(source, os.DirFS(o.Source)); err != nil {
		t.Fatal(err)
	}
	o.Source = source
	b, err := Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	compiled(t, b)
	kernel := filepath.Join(source, "rt/kernel/kernel.go")
	text := fmt.Appendf(read(t, kernel), "\nfunc Changed() int { return %d } // never seen before\n", time.Now().UnixNano())
	if err := os.WriteFile(kernel, text, 0o644); err != nil {
		t.Fatal(err)
	}
	want := inject.Module + "/rt/kernel\n" + inject.Module + "/rt\nexample.com/hello\n"
	if got := compiled(t, b); got != want {
		t.Errorf("a change in the kernel compiled\n%swant\n%s", got, want)
	}
}

// compiled builds the program and returns the packages that were compiled.
func compiled(t *testing.T, b *inject.Build) string {
	t.Helper()
	cmd := exec.Command(b.Go.Command(), "build", "-v", "-o", filepath.Join(t.TempDir(), "image"))
	cmd.Dir, cmd.Env = b.Packages[0].Dir, append(os.Environ(), b.Env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// An image in the cache that was cut short is made again.
func TestIncompleteImageIsRebuilt(t *testing.T) {
	o := standIn(t, helloModule(t))
	b, err := Prepare(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.compile(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	dir, err := o.place(b.Packages[0])
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "image")
	if err := os.Truncate(file, 100_000); err != nil {
		t.Fatal(err)
	}
	if complete(file) {
		t.Error("half an image counts as complete")
	}
	wantOutput(t, o, "hello\n")
}

// -s takes the symbols away, by way of our own hand.
func TestStripped(t *testing.T) {
	o := standIn(t, helloModule(t))
	whole := read(t, build(t, o))
	t.Setenv("GOFLAGS", "'-ldflags=-s -w'")
	path := build(t, o)
	if out, err := exec.Command(path).Output(); err != nil || string(out) != "hello\n" {
		t.Errorf("the stripped program printed %q (%v)", out, err)
	}
	f := testkit.ELF(t, path)
	if _, err := f.Symbols(); !errors.Is(err, elf.ErrNoSymbols) {
		t.Errorf("symbols: %v", err)
	}
	if last := f.Sections[len(f.Sections)-1]; last.Name != ".shstrtab" {
		t.Errorf("the last section is %q", last.Name)
	}
	if n := len(read(t, path)); n > len(whole)*3/4 {
		t.Errorf("%d bytes stripped, %d whole", n, len(whole))
	}
}

// An object of 32 MiB that the program may never touch is not in the segment.
func TestTail(t *testing.T) {
	o := standIn(t, tree(t, map[string]string{"go.mod": "module example.com/big\n\ngo 1.24\n",
		"main.go": "package main\n\nvar small, large [100]byte\nvar huge [32 << 20]byte\n\n" +
			"func main() { println(&small, &large, &huge) }\n"}))
	for _, flags := range []string{"", "-ldflags=-s"} {
		t.Setenv("GOFLAGS", flags)
		h, p := parse(t, build(t, o))
		rw, err := p.segment(elf.PF_R | elf.PF_W)
		if err != nil {
			t.Fatal(err)
		}
		if rw.Memsz > 1<<20 || h.TailStart != rw.Vaddr+rw.Memsz || h.TailStart%pageSize != 0 {
			t.Errorf("segment %#x+%#x, tail from %#x", rw.Vaddr, rw.Memsz, h.TailStart)
		}
		if size := h.TailEnd - h.TailStart; size < 32<<20-pageSize || size > 32<<20+pageSize {
			t.Errorf("the tail is %#x bytes", size)
		}
	}
}

// parse reads an image back.
func parse(t *testing.T, path string) (imageHeader, *program) {
	t.Helper()
	p, err := decode(read(t, path))
	if err != nil {
		t.Fatal(err)
	}
	h, _, err := findHeader(p.data)
	if err != nil {
		t.Fatal(err)
	}
	return h, p
}

// Xen reads the notes through the program headers alone.
func TestNotes(t *testing.T) {
	h, p := parse(t, build(t, standIn(t, helloModule(t))))
	want := notes(&h)
	for _, s := range p.progs {
		if data, err := p.file(&s); err == nil && elf.ProgType(s.Type) == elf.PT_NOTE && bytes.Equal(data, want) {
			if s.Off%8 != 0 {
				t.Errorf("the notes are at %#x, not aligned", s.Off)
			}
			return
		}
	}
	t.Error("no program header points to the notes")
}

// The tests of the standard library become images, too.
func TestStandardTest(t *testing.T) {
	o := standIn(t, t.TempDir())
	o.Test, o.Packages = true, []string{"container/heap"}
	out, err := exec.Command(build(t, o), "-test.short").CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "PASS\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// An interrupted build leaves nothing, and nobody at work: neither where the
// image was to be nor among the temporary files.
func TestInterrupt(t *testing.T) {
	o := standIn(t, helloModule(t))
	out, tmp := t.TempDir(), t.TempDir()
	o.Out = filepath.Join(out, "image")
	t.Setenv("GOTMPDIR", tmp)
	t.Setenv("GOCACHE", t.TempDir()) // makes the build last
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupt := errors.New("interrupted")
	time.AfterFunc(time.Second, func() { cancel(interrupt) })
	if _, err := Build(ctx, o); !errors.Is(err, interrupt) {
		t.Errorf("got %v", err)
	}
	for _, dir := range []string{out, tmp} {
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("the interrupted build left %v", left)
		}
	}
}
