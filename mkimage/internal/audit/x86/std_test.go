// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Real code compared with objdump: the assembler's own test data, which has
// nearly every instruction it knows, and the standard library.

package x86

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/mkimage/internal/audit/goobj"
)

// goTool runs the go command that runs this test.
func goTool(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out))
}

func TestAssemblerTestData(t *testing.T) {
	root := goTool(t, nil, "env", "GOROOT")
	data := filepath.Join(root, "src/cmd/asm/internal/asm/testdata")
	files, err := filepath.Glob(filepath.Join(data, "avx512enc", "*.s"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data of the assembler in %s: %v", data, err)
	}
	var objects []string
	for _, name := range []string{"amd64.s", "amd64enc.s", "amd64enc_extra.s"} {
		files = append(files, filepath.Join(data, name))
	}
	for _, file := range files {
		object := filepath.Join(t.TempDir(), filepath.Base(file)+".o")
		goTool(t, nil, "tool", "asm", "-I", filepath.Join(root, "pkg/include"), "-p", "x", "-o", object, file)
		objects = append(objects, object)
	}
	compareObjects(t, objects, 20_000)
}

// TestStandardLibrary covers the packages of a web server and those with much
// assembly, or all of std, for two generations of processors, in a long run.
func TestStandardLibrary(t *testing.T) {
	if os.Getenv("DOMLET_LAB") == "long" {
		for _, level := range []string{"GOAMD64=v1", "GOAMD64=v3"} {
			compareObjects(t, archives(t, level, "std"), 2_000_000)
		}
		return
	}
	compareObjects(t, archives(t, "GOAMD64=v1", "-deps", "net/http", "math/big", "math/bits", "hash/crc32"), 1_000_000)
}

// archives gives the compiled packages of a pattern, without cgo as in an image.
func archives(t *testing.T, level string, pattern ...string) []string {
	args := append([]string{"list", "-export", "-f", "{{.Export}}"}, pattern...)
	return strings.Fields(goTool(t, []string{"CGO_ENABLED=0", level}, args...))
}

// compareObjects compares every instruction of the objects' functions.
func compareObjects(t *testing.T, objects []string, atLeast int) {
	var code []byte
	for _, object := range objects {
		file, err := os.ReadFile(object)
		if err != nil {
			t.Fatal(err)
		}
		functions, err := goobj.Functions(file)
		if err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		for _, f := range functions {
			if !strings.HasPrefix(f.Name, "crypto/internal/boring/sig.") { // data behind a jump
				code = append(code, f.Code...)
			}
		}
	}
	n := compareStream(t, code)
	t.Logf("%d instructions, %d bytes", n, len(code))
	if n < atLeast {
		t.Errorf("only %d instructions were compared, want %d", n, atLeast)
	}
}

// compareStream compares code that has nothing but instructions.
func compareStream(t *testing.T, code []byte) (instructions int) {
	prev := -1
	objdump(t, code, func(l line) {
		if prev >= 0 {
			ours, ok := Decode(code[prev:])
			if !ok || ours.Len != l.offset-prev {
				t.Errorf("% x: decoded %v, length %d, objdump has %d", code[prev:min(prev+MaxLen, len(code))], ok, ours.Len, l.offset-prev)
			}
			instructions++
		}
		prev = l.offset
	})
	return instructions
}

func BenchmarkDecode(b *testing.B) {
	file, err := os.ReadFile(os.Args[0])
	if err != nil {
		b.Fatal(err)
	}
	code := file[0x1000:0x101000] // the front of this test's own text
	b.SetBytes(int64(len(code)))
	for b.Loop() {
		for at := 0; at < len(code); {
			i, ok := Decode(code[at:])
			if !ok {
				i.Len = 1
			}
			at += i.Len
		}
	}
}
