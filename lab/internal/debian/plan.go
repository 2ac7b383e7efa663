// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file asks apt for the packages that a set of names needs; it runs apt-get
// and apt-cache on the developer's machine, without root.

package debian

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// Package is one Debian package as apt's lists describe it.
type Package struct {
	// Name and Version are dpkg's, for example "libc6" and "2.36-9+deb12u14".
	Name, Version string
	// File is the name that apt-get gives the download, without a directory.
	File string
	// Size is the length of the download in bytes.
	Size int64
	// SHA256 is the digest of the download in lower-case hexadecimal.
	SHA256 string
}

// Apt runs apt's programs. The zero value uses the machine's own configuration.
type Apt struct {
	// Options are extra "Name::Of=value" settings for every run.
	Options []string
	// Log takes one line for each slow step; nil discards them.
	Log func(format string, args ...any)
}

// ErrNotDebian says that the machine has no apt.
var ErrNotDebian = errors.New("apt-get not found: the lab takes Xen, Linux and QEMU from Debian packages; use a Debian 12 machine or container")

// ErrNoLists says that apt knows none of the packages.
var ErrNoLists = errors.New("apt has no package lists with Xen in them; run: apt-get update")

// Plan lists every package that names need on a machine that has nothing
// installed, so that the result does not depend on the machine's own packages.
// It fetches apt's package lists when there are none and the user is root.
func (a *Apt) Plan(ctx context.Context, names []string) ([]Package, error) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return nil, ErrNotDebian
	}
	pkgs, err := a.closure(ctx, names)
	if errors.Is(err, ErrNoLists) && os.Geteuid() == 0 {
		a.logf("fetching apt's package lists")
		if _, uerr := a.run(ctx, "", "apt-get", "-q", "update"); uerr != nil {
			return nil, fmt.Errorf("%w (tried it: %v)", err, uerr)
		}
		pkgs, err = a.closure(ctx, names)
	}
	if err != nil {
		return nil, err
	}
	return pkgs, a.addDigests(ctx, pkgs)
}

// closure resolves names against an empty dpkg status and an empty archive:
// print-uris leaves out what apt has installed or downloaded before.
func (a *Apt) closure(ctx context.Context, names []string) ([]Package, error) {
	args := append([]string{"install", "-y", "--print-uris", "--no-install-recommends",
		"-o", "Dir::State::status=/dev/null", "-o", "Dir::Cache::archives=/nonexistent"}, names...)
	out, err := a.run(ctx, "", "apt-get", args...)
	if err != nil {
		if strings.Contains(err.Error(), "Unable to locate package") ||
			strings.Contains(err.Error(), "has no installation candidate") {
			return nil, ErrNoLists
		}
		return nil, err
	}
	return parseURIs(out)
}

// parseURIs reads lines of the form 'URI' FILE SIZE HASH.
func parseURIs(out []byte) ([]Package, error) {
	var pkgs []Package
	for sc := bufio.NewScanner(bytes.NewReader(out)); sc.Scan(); {
		f := strings.Fields(sc.Text())
		if len(f) < 3 || !strings.HasPrefix(f[0], "'") || !strings.HasSuffix(f[1], ".deb") {
			continue
		}
		p, err := parseURI(f[1], f[2])
		if err != nil {
			return nil, err
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) == 0 {
		return nil, errors.New("apt-get named no packages to download")
	}
	return pkgs, nil
}

// parseURI takes NAME_VERSION_ARCH.deb apart; the version is URL-escaped.
func parseURI(file, size string) (Package, error) {
	parts := strings.Split(strings.TrimSuffix(file, ".deb"), "_")
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil || len(parts) != 3 || strings.ContainsRune(file, '/') {
		return Package{}, fmt.Errorf("apt-get names a download that cannot be understood: %q", file)
	}
	version, err := url.PathUnescape(parts[1])
	if err != nil {
		return Package{}, fmt.Errorf("apt-get names a download that cannot be understood: %q", file)
	}
	return Package{Name: parts[0], Version: version, File: file, Size: n}, nil
}

// addDigests fills in SHA256: print-uris leaves it out for some archives.
func (a *Apt) addDigests(ctx context.Context, pkgs []Package) error {
	args := []string{"show"}
	for _, p := range pkgs {
		args = append(args, p.Name+"="+p.Version)
	}
	out, err := a.run(ctx, "", "apt-cache", args...)
	if err != nil {
		return err
	}
	digests := parseDigests(out)
	for i, p := range pkgs {
		pkgs[i].SHA256 = digests[p.Name+"="+p.Version]
		if len(pkgs[i].SHA256) != 64 {
			return fmt.Errorf("apt's lists hold no SHA256 for %s %s; run: apt-get update", p.Name, p.Version)
		}
	}
	return nil
}

// parseDigests maps NAME=VERSION to SHA256 in the stanzas of apt-cache show.
func parseDigests(out []byte) map[string]string {
	digests := make(map[string]string)
	for stanza := range strings.SplitSeq(string(out), "\n\n") {
		var name, version, sum string
		for line := range strings.Lines(stanza) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			switch key {
			case "Package":
				name = value
			case "Version":
				version = value
			case "SHA256":
				sum = value
			}
		}
		digests[name+"="+version] = sum
	}
	return digests
}

// run runs one of apt's programs in dir and returns what it printed. The binary
// caches are off because they may only be written by root.
func (a *Apt) run(ctx context.Context, dir, prog string, args ...string) ([]byte, error) {
	opts := []string{"-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="}
	for _, o := range a.Options {
		opts = append(opts, "-o", o)
	}
	cmd := exec.CommandContext(ctx, prog, append(opts, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %s", prog, args[0], reason(errs.String(), err))
	}
	return out, nil
}

// reason is the first error line of a program's stderr, or err.
func reason(stderr string, err error) string {
	for line := range strings.Lines(stderr) {
		if s, ok := strings.CutPrefix(strings.TrimSpace(line), "E: "); ok {
			return s
		}
	}
	return err.Error()
}

// logf reports a slow step.
func (a *Apt) logf(format string, args ...any) {
	if a.Log != nil {
		a.Log(format, args...)
	}
}
