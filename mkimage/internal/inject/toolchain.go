// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The Go toolchain of a build: which one it is, and one that can be overlaid.

package inject

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/mkimage/internal/overlay"
)

// Go is a toolchain whose standard library can be overlaid.
type Go struct {
	Root    string // GOROOT, absolute, without symbolic links
	Release string // "go1.26.8"

	modCache string // GOMODCACHE
	work     string // the user's own go.work: a path, "off", or ""
	flags    string // the user's own GOFLAGS
}

// Command is the path of the toolchain's go command.
func (g *Go) Command() string { return filepath.Join(g.Root, "bin", "go") }

// target has the settings of every build for a domain.
var target = []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64"}

// findGo asks command, the go command as the user has it, which toolchain it
// runs in dir, and makes sure that a domain can be built with it.
func findGo(ctx context.Context, command, dir string, note func(string)) (*Go, error) {
	if command == "" {
		command = "go"
	}
	names := []string{"GOROOT", "GOVERSION", "GOMODCACHE", "GOWORK", "GOFLAGS", "GOAMD64"}
	out, err := output(ctx, command, dir, target, append([]string{"env", "-json"}, names...)...)
	if err != nil {
		return nil, err
	}
	env := map[string]string{}
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("%s env: %w", command, err)
	}
	if err := overlay.Supported(env["GOVERSION"]); err != nil {
		return nil, err
	}
	if level := env["GOAMD64"]; level > "v2" {
		return nil, fmt.Errorf("GOAMD64=%s uses AVX, which a domain's processor state does not have: set GOAMD64=v2 or v1", level)
	}
	release, _, _ := strings.Cut(env["GOVERSION"], " ")
	g := &Go{Root: resolved(env["GOROOT"]), Release: release,
		modCache: env["GOMODCACHE"], work: env["GOWORK"], flags: env["GOFLAGS"]}
	if below(g.Root, g.modCache) {
		g.Root, err = moveOut(g.Root, release, note)
	}
	return g, err
}

// moveOut gives a toolchain that the go command downloaded into the module
// cache, where it refuses overlays, a second place in domlet's cache.
func moveOut(root, release string, note func(string)) (string, error) {
	return cachedir.Make("toolchain", release, func(to string) error {
		note("linking " + release + " into the cache (once)")
		return copyTree(root, to)
	})
}

// copyTree gives each file below from a second name below to, or copies it
// where a link cannot be made. Directories are writable, whatever they were.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		if os.Link(path, filepath.Join(to, rel)) == nil {
			return nil
		}
		return copyFile(path, filepath.Join(to, rel))
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// run runs a command of the toolchain in dir, with extra settings of the
// environment, and returns its output.
func (g *Go) run(ctx context.Context, dir string, extra []string, args ...string) ([]byte, error) {
	env := append([]string{"GOROOT=" + g.Root, "GOTOOLCHAIN=local"}, target...)
	return output(ctx, g.Command(), dir, append(env, extra...), args...)
}

// output runs a go command. Its error is the command's own message in one line, or
// why the context ended.
func output(ctx context.Context, command, dir string, extra []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), extra...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && stderr.Len() > 0 {
		return nil, errors.New(oneLine(stderr.String()))
	}
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("no go command found: install Go from https://go.dev/dl and put it in PATH")
	}
	return out, err
}

// oneLine makes one line of a go command's message.
func oneLine(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\t' })
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimSpace(line), "go: ")
	}
	return strings.Join(lines, " ")
}
