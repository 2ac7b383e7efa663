// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file finds the mkimage program that goes into dom0. It runs on the
// developer's machine.

package lab

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// programPath is the import path of mkimage.
const programPath = "github.com/domlet/domlet/mkimage"

// program returns a static mkimage: the running program if it is one, else one
// built from the sources that the running program came from.
func program(ctx context.Context, cache string) (string, error) {
	if self, ok := ownProgram(); ok {
		return self, nil
	}
	dir := filepath.Join(cache, "agent")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	_, source, _, _ := runtime.Caller(0)
	sources := filepath.Dir(filepath.Dir(source)) // of lab/program.go
	if !filepath.IsAbs(source) {
		sources = "" // built with -trimpath: the module of the working directory must do
	}
	sum := sha256.Sum256([]byte(sources))
	out := filepath.Join(dir, "mkimage-"+hex.EncodeToString(sum[:4]))
	err := withLock(ctx, filepath.Join(dir, "lock"), func() error {
		return buildProgram(ctx, sources, out)
	})
	return out, err
}

// ownProgram returns the running program and whether it can go into dom0.
func ownProgram() (string, bool) {
	self, err := os.Executable()
	return self, err == nil && isStaticProgram(self)
}

// buildProgram builds mkimage to out; the go tool leaves out alone when nothing
// has changed.
func buildProgram(ctx context.Context, sources, out string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", out, programPath)
	cmd.Dir = sources
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=", "GOWORK=off")
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("dom0 needs a static mkimage, and building it failed (%s); install mkimage with CGO_ENABLED=0",
			strings.Join(strings.Fields(string(msg)+" "+err.Error()), " "))
	}
	return nil
}

// isStaticProgram says whether file is a mkimage that needs no libraries. The
// binary of mkimage's own tests carries mkimage's import path, but is not one.
func isStaticProgram(file string) bool {
	if strings.HasSuffix(file, ".test") {
		return false
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil || info.Path != programPath {
		return false
	}
	f, err := elf.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	return f.Section(".interp") == nil
}

// fileHash is the start of a file's SHA-256, enough to name it by.
func fileHash(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}
