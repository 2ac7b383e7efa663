// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests of the package on an archive of their own: what a user with a broken
// cache, no package lists, or no disk sees. They need apt, not root or network.

package debian

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// plan returns alpha and what it needs.
func plan(t *testing.T, r *repo) []Package {
	t.Helper()
	r.update(t)
	pkgs, err := r.apt.Plan(t.Context(), []string{"alpha"})
	must(t, err)
	return pkgs
}

func TestPlan(t *testing.T) {
	pkgs := plan(t, newRepo(t))
	slices.SortFunc(pkgs, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	if len(pkgs) != 2 || pkgs[0].Name != "alpha" || pkgs[1].Name != "beta" {
		t.Fatalf("planned %+v, want alpha and beta", pkgs)
	}
	if pkgs[0].Version != "1:2.0-1" || pkgs[1].Version != "1.5~rc1" {
		t.Errorf("versions %q, %q", pkgs[0].Version, pkgs[1].Version)
	}
	if len(pkgs[0].SHA256) != 64 || pkgs[0].Size == 0 {
		t.Errorf("no digest or size: %+v", pkgs[0])
	}
}

// TestPlanWithDownloadsOfOthers has a package lie where apt keeps its downloads.
func TestPlanWithDownloadsOfOthers(t *testing.T) {
	r := newRepo(t)
	data, err := os.ReadFile(filepath.Join(r.dir, "archive/alpha.deb"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(r.dir, "debs/alpha_1%3a2.0-1_amd64.deb"), data, 0o644))
	if pkgs := plan(t, r); len(pkgs) != 2 {
		t.Errorf("planned %+v, want alpha and beta", pkgs)
	}
}

func TestFetchAndUnpack(t *testing.T) {
	r := newRepo(t)
	pkgs := plan(t, r)
	cache, root := filepath.Join(r.dir, "cache"), t.TempDir()
	var done, all int64
	must(t, r.apt.Fetch(t.Context(), cache, pkgs, func(d, n int64) { done, all = d, n }))
	if done != all || all != total(pkgs) {
		t.Errorf("progress ended at %d of %d, want %d", done, all, total(pkgs))
	}
	keep := func(name string) bool { return !strings.HasPrefix(name, "usr/share/doc") }
	must(t, Unpack(t.Context(), cache, root, pkgs, keep, nil))
	data, err := os.ReadFile(filepath.Join(root, "usr/lib/alpha"))
	if must(t, err); !strings.HasPrefix(string(data), "alpha\n") {
		t.Errorf("usr/lib/alpha holds %.20q", data)
	}
	if link, _ := os.Readlink(filepath.Join(root, "usr/lib/beta.so")); link != "/usr/lib/beta" {
		t.Errorf("the link points to %q", link)
	}
	if _, err := os.Stat(filepath.Join(root, "usr/share/doc")); err == nil {
		t.Error("documentation was unpacked")
	}
}

func TestCorruptDownloadIsFetchedAgain(t *testing.T) {
	r := newRepo(t)
	pkgs := plan(t, r)
	cache := filepath.Join(r.dir, "cache")
	must(t, r.apt.Fetch(t.Context(), cache, pkgs, nil))
	broken := filepath.Join(cache, pkgs[0].File)
	stale := filepath.Join(cache, downloadPrefix+"1")
	must(t, os.Mkdir(stale, 0o755))
	must(t, os.WriteFile(broken, []byte("half a downl"), 0o644))
	must(t, r.apt.Fetch(t.Context(), cache, pkgs, nil))
	must(t, Verify(broken, pkgs[0]))
	if _, err := os.Stat(stale); err == nil {
		t.Error("what a killed process left is still there")
	}
	if !strings.Contains(r.log.String(), "damaged") {
		t.Errorf("the user was told %q", r.log)
	}
}

func TestArchiveDiffersFromLists(t *testing.T) {
	r := newRepo(t)
	pkgs := plan(t, r)
	cache := filepath.Join(r.dir, "cache")
	write(t, filepath.Join(r.dir, "archive/beta.deb"), "not what the lists promise")
	err := r.apt.Fetch(t.Context(), cache, pkgs, nil)
	if err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line", err)
	}
	if left := files(t, cache); len(left) != 0 {
		t.Errorf("the cache holds %v", left)
	}
}

func TestNoPackageLists(t *testing.T) {
	r := newRepo(t)
	write(t, filepath.Join(r.dir, "sources.list"), "")
	_, err := r.apt.Plan(t.Context(), []string{"alpha"})
	if !errors.Is(err, ErrNoLists) || !strings.Contains(err.Error(), "apt-get update") {
		t.Errorf("error %v, want one that says to run apt-get update", err)
	}
}

func TestNotDebian(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := new(Apt).Plan(t.Context(), []string{"alpha"}); !errors.Is(err, ErrNotDebian) {
		t.Errorf("error %v, want %v", err, ErrNotDebian)
	}
}

func TestStrangeDownloadNames(t *testing.T) {
	for _, line := range []string{
		"'file:/x' a.deb 1", "'file:/x' ../a_1_amd64.deb 1", "'file:/x' a_1_amd64.deb x",
		"'file:/x' a_%zz_amd64.deb 1", "nothing at all",
	} {
		if pkgs, err := parseURIs([]byte(line)); err == nil {
			t.Errorf("%q was understood as %+v", line, pkgs)
		}
	}
}
