// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The wrapper that the go command runs instead of each tool.

package image

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/domlet/domlet/mkimage/internal"
	"github.com/domlet/domlet/mkimage/internal/inject"
)

// Toolexec runs a tool of the Go toolchain: args is its path and arguments.
// Compilations are checked, links are followed by the making of the image, and
// everything else becomes the tool itself. It returns only when the tool ran
// and ended well, or with what is wrong.
func Toolexec(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("toolexec wants a tool: it is the go command that calls it")
	}
	switch tool := filepath.Base(args[0]); {
	case tool == "link" && slices.Contains(args, "-V=full"):
		return linkVersion(args)
	case tool == "link":
		return link(args)
	case tool == "compile":
		if err := checkCompile(args); err != nil {
			return err
		}
	}
	return syscall.Exec(args[0], args, os.Environ())
}

// checkCompile makes sure that a privileged package is compiled as one: flags
// on the command line of the go command win over those in GOFLAGS.
func checkCompile(args []string) error {
	pkg := after(args, "-p")
	if inject.IsPrivileged(pkg) && !slices.Contains(args, "-+") {
		return fmt.Errorf("-gcflags takes the -+ away that %s needs: name your own packages in it instead of all", pkg)
	}
	return nil
}

// linkVersion adds our own hash to the version of the linker, by which the go
// command notices that a changed mkimage may make a different image.
func linkVersion(args []string) error {
	out, err := exec.Command(args[0], args[1:]...).Output()
	if err != nil {
		return err
	}
	fmt.Printf("%s domlet:%s\n", bytes.TrimSpace(out), internal.Version())
	return nil
}

// alignment has functions begin at every 16 bytes, as Go's had for years: at 32,
// today's default, hello would be 19 KB larger. It stands before the user's own
// flags, which win.
const alignment = "-funcalign=16"

// link runs the linker and makes an image of what it wrote. The linker always
// leaves the symbol table, which shows the BSS tail; where the user wants none
// it is taken off afterwards.
func link(args []string) error {
	if err := checkLink(after(args, "-importcfg")); err != nil {
		return err
	}
	strip := false
	linkArgs := slices.Insert(slices.Clone(args[1:]), 0, alignment)
	for i, arg := range linkArgs {
		if arg == "-s" || arg == "-s=true" {
			linkArgs[i], strip = "-w", true
		}
	}
	cmd := exec.Command(args[0], linkArgs...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	return finish(after(args, "-o"), strip)
}

// checkLink looks for the kernel among what is about to be linked, by the file
// that tells the linker about its packages.
func checkLink(importcfg string) error {
	data, err := os.ReadFile(importcfg)
	if err != nil {
		return err
	}
	if !bytes.Contains(data, []byte("packagefile "+inject.Module+"/rt/kernel=")) {
		return fmt.Errorf("domlet is not linked into this program: build it with mkimage build, or in the environment of mkimage env " +
			"for this very package and without -tags or -overlay of your own (add to GOFLAGS before mkimage env)")
	}
	return nil
}

// after returns the argument behind a flag, or what stands behind its =.
func after(args []string, flag string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, flag+"="); ok {
			return value
		}
		if arg == flag && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
