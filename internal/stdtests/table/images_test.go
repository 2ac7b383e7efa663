// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What is built together, and where it goes. Host only.

package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestBatch(t *testing.T) {
	m := images{dir: t.TempDir()}
	if err := os.MkdirAll(filepath.Join(m.dir, "sort"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.file("sort"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	all := []string{"crypto/rand", "math/rand", "math/rand/v2", "sort", "a", "b", "c", "d", "e", "f", "g", "h"}
	want := []string{"crypto/rand", "a", "b", "c", "d", "e", "f", "g"}
	if got := m.batch(all); !slices.Equal(got, want) {
		t.Errorf("%v are built together, wanted %v", got, want)
	}
	if got, want := m.file("math/rand/v2"), filepath.Join(m.dir, "math/rand/v2/rand.test"); got != want {
		t.Errorf("the image is %s, wanted %s", got, want)
	}
}
