// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Trees are complete or absent, whoever else is at work.

package cachedir

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func TestRoot(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/x")
	t.Setenv("DOMLET_CACHE", "")
	if got, err := Root(); got != "/x/domlet" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	t.Setenv("DOMLET_CACHE", "/y")
	if got, err := Root(); got != "/y" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// names lists what is in a directory.
func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestPutAtOnce(t *testing.T) {
	t.Setenv("DOMLET_CACHE", t.TempDir())
	files := map[string][]byte{"a/b": []byte("one"), "c": []byte("two")}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			dir, err := Put("kind", files)
			if err != nil {
				t.Error(err)
				return
			}
			for path, want := range files {
				if got, err := os.ReadFile(filepath.Join(dir, path)); string(got) != string(want) {
					t.Errorf("%s: %q, %v", path, got, err)
				}
			}
		})
	}
	wg.Wait()
	if left := names(t, filepath.Join(os.Getenv("DOMLET_CACHE"), "kind")); len(left) != 1 {
		t.Errorf("eight equal trees left %v", left)
	}
}

func TestMakeFails(t *testing.T) {
	t.Setenv("DOMLET_CACHE", t.TempDir())
	want := errors.New("no")
	_, err := Make("kind", "name", func(dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, "half"), nil, 0o644), want)
	})
	if !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
	if left := names(t, filepath.Join(os.Getenv("DOMLET_CACHE"), "kind")); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// Trees that nobody asked for in a long time go when a new one comes.
func TestPrune(t *testing.T) {
	t.Setenv("DOMLET_CACHE", t.TempDir())
	nothing := func(string) error { return nil }
	old, err := Make("kind", "old", nothing)
	if err != nil {
		t.Fatal(err)
	}
	used, _ := Make("kind", "used", nothing)
	past := time.Now().Add(-2 * keep)
	os.Chtimes(old, past, past)
	os.Chtimes(used, past, past)
	Make("kind", "used", nothing)
	Make("kind", "new", nothing)
	if left := names(t, filepath.Dir(old)); len(left) != 2 || left[0] != "new" || left[1] != "used" {
		t.Errorf("left %v", left)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"one", "two"} {
		if err := WriteFile(path, []byte(text), 0o750); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o750 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := WriteFile(filepath.Join(dir, "no/file"), nil, 0o600); err == nil {
		t.Error("wrote into a directory that is not there")
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("left %v", left)
	}
}
