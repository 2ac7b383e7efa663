// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The golden tests: host only. One table of every constant, size and offset is read from this package's own source by the
// type checker, and must equal testdata/abi.golden; a C program that prints the same table from Xen's headers must too.

package abi_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/abi.golden from the Go declarations")

const golden = "testdata/abi.golden"

// line is one line of the table: its text in the golden file, and the C statement that prints it.
type line struct{ text, c string }

// cNames gives the C type of the structures that have no tag of their own name.
var cNames = map[string]string{
	"Grant_entry_v2": "union grant_entry_v2",
	"Sring":          "struct abi_sring",
}

// cSizes gives the size in C where sizeof is not it: a ring's head ends where its slots begin.
var cSizes = map[string]string{
	"Sring": "offsetof(struct abi_sring, ring)",
}

func TestGolden(t *testing.T) {
	got := text(table(t))
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	diff(t, readGolden(t), got)
}

func TestHeaders(t *testing.T) {
	needHeaders(t)
	diff(t, readGolden(t), runC(t, program(table(t))))
}

// TestDrift shows that the comparison can fail: a wrong value or offset comes out as a line missing and a line too many.
func TestDrift(t *testing.T) {
	want := readGolden(t)
	for _, drift := range []struct{ right, wrong string }{
		{"const SCHEDOP_shutdown 0x2\n", "const SCHEDOP_shutdown 0x3\n"},
		{"field Start_info.Shared_info 40 8\n", "field Start_info.Shared_info 36 8\n"},
	} {
		got := differences(want, strings.Replace(want, drift.right, drift.wrong, 1))
		if len(got) != 2 || got[0] != "+ "+strings.TrimSpace(drift.wrong) || got[1] != "- "+strings.TrimSpace(drift.right) {
			t.Errorf("drift from %q to %q reported as %q", drift.right, drift.wrong, got)
		}
	}
}

// table lists every exported declaration of the package in source order.
func table(t *testing.T) []line {
	fset := token.NewFileSet()
	files := parse(t, fset)
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil), Sizes: types.SizesFor("gc", "amd64")}
	pkg, err := conf.Check("abi", fset, files, nil)
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	for _, f := range files {
		for _, name := range declared(f) {
			lines = append(lines, describe(conf.Sizes, pkg.Scope().Lookup(name))...)
		}
	}
	return lines
}

func parse(t *testing.T, fset *token.FileSet) []*ast.File {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// declared returns the names of a file's constants and types in source order.
func declared(f *ast.File) []string {
	var names []string
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range gen.Specs {
			switch s := s.(type) {
			case *ast.ValueSpec:
				for _, id := range s.Names {
					names = append(names, id.Name)
				}
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			}
		}
	}
	return names
}

func describe(sizes types.Sizes, obj types.Object) []line {
	switch obj := obj.(type) {
	case *types.Const:
		return []line{describeConst(obj)}
	case *types.TypeName:
		if st, ok := obj.Type().Underlying().(*types.Struct); ok {
			return describeStruct(sizes, obj.Name(), st)
		}
		return []line{describeType(sizes, obj)}
	}
	panic(fmt.Sprintf("%v is neither a constant nor a type", obj))
}

func describeConst(c *types.Const) line {
	v, sign := constant.ToInt(c.Val()), ""
	if constant.Sign(v) < 0 {
		v, sign = constant.UnaryOp(token.SUB, v, 0), "-"
	}
	n, _ := constant.Uint64Val(v)
	return line{
		fmt.Sprintf("const %s %s0x%x", c.Name(), sign, n),
		fmt.Sprintf("CONST(%s, %s);", c.Name(), cConst(c.Name())),
	}
}

// cConst undoes the one change of spelling: a hypercall number begins with two underscores in C.
func cConst(name string) string {
	if strings.HasPrefix(name, "HYPERVISOR_") && !strings.HasPrefix(name, "HYPERVISOR_VIRT_") {
		return "__" + name
	}
	return name
}

// describeType is for a type that is a number; C has it by typedef.
func describeType(sizes types.Sizes, tn *types.TypeName) line {
	name := tn.Name()
	return line{
		fmt.Sprintf("type %s %d", name, sizes.Sizeof(tn.Type())),
		fmt.Sprintf("TYPE(%s, %s);", name, lowerFirst(name)),
	}
}

func describeStruct(sizes types.Sizes, name string, st *types.Struct) []line {
	size := sizes.Sizeof(st)
	c := cNames[name]
	if c == "" {
		c = "struct " + lowerFirst(name)
	}
	cSize := cSizes[name]
	if cSize == "" {
		cSize = "sizeof(" + c + ")"
	}
	lines := []line{{
		fmt.Sprintf("struct %s %d", name, size),
		fmt.Sprintf("SIZE(%s, %s);", name, cSize),
	}}
	fields := make([]*types.Var, st.NumFields())
	for i := range fields {
		fields[i] = st.Field(i)
	}
	for i, offset := range sizes.Offsetsof(fields) {
		if f := fields[i]; f.Name() != "_" {
			lines = append(lines, line{
				fmt.Sprintf("field %s.%s %d %d", name, f.Name(), offset, sizes.Sizeof(f.Type())),
				fmt.Sprintf("FIELD(%s, %s, %s, %s);", name, f.Name(), c, cField(f.Name(), st.Tag(i))),
			})
		}
	}
	return lines
}

func cField(name, tag string) string {
	if c := reflect.StructTag(tag).Get("xen"); c != "" {
		return c
	}
	return lowerFirst(name)
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func text(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text + "\n")
	}
	return b.String()
}

const prologue = `
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <xen/xen-compat.h>
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#include <xen/xen.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/callback.h>
#include <xen/version.h>
#include <xen/elfnote.h>
#include <xen/grant_table.h>
#include <xen/errno.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/hvm/hvm_vcpu.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>
#include <xen/io/xenbus.h>
#include <xen/io/libxenvchan.h>
#define xen_mb() ((void)0)
#define xen_rmb() ((void)0)
#define xen_wmb() ((void)0)
#include <xen/io/ring.h>
#include <xen/io/netif.h>
DEFINE_RING_TYPES(abi, uint64_t, uint64_t);
#define CONST(name, c) printf("const %s %s0x%llx\n", #name, (c) < 0 ? "-" : "", \
	(c) < 0 ? 0 - (unsigned long long)(c) : (unsigned long long)(c))
#define TYPE(name, c) printf("type %s %zu\n", #name, sizeof(c))
#define SIZE(name, n) printf("struct %s %zu\n", #name, (size_t)(n))
#define FIELD(name, field, c, m) printf("field %s.%s %zu %zu\n", #name, #field, offsetof(c, m), sizeof(((c *)0)->m))
int main(void) {
`

// program is the C program that prints the table.
func program(lines []line) string {
	var b strings.Builder
	b.WriteString(prologue)
	for _, l := range lines {
		b.WriteString("\t" + l.c + "\n")
	}
	return b.String() + "\treturn 0;\n}\n"
}

// needHeaders skips where Xen's headers cannot be compiled, which in CI is a failure: its set-up installs them.
func needHeaders(t *testing.T) {
	t.Helper()
	cmd := exec.Command("gcc", "-E", "-include", "xen/grant_table.h", "-x", "c", os.DevNull)
	out, err := cmd.CombinedOutput()
	if err == nil {
		return
	}
	const help = "the C headers of Xen are not here (Debian: apt-get install gcc libc6-dev libxen-dev)"
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s: %v\n%s", help, err, out)
	}
	t.Skip(help)
}

func runC(t *testing.T, source string) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "abi")
	cc := exec.Command("gcc", "-O0", "-o", exe, "-x", "c", "-")
	cc.Stdin = strings.NewReader(source)
	if out, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	out, err := exec.Command(exe).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func readGolden(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}

// diff reports the lines in which two tables differ.
func diff(t *testing.T, want, got string) {
	t.Helper()
	for _, d := range differences(want, got) {
		t.Error(d)
	}
}

// differences lists the lines only in got, then those only in want.
func differences(want, got string) []string {
	return append(only("+ ", got, want), only("- ", want, got)...)
}

// only lists the lines of a that b does not have.
func only(sign, a, b string) []string {
	has := map[string]bool{}
	for _, l := range strings.Split(b, "\n") {
		has[l] = true
	}
	var lines []string
	for _, l := range strings.Split(a, "\n") {
		if !has[l] {
			lines = append(lines, sign+l)
		}
	}
	return lines
}
