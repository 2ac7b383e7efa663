// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Other people's modules, unchanged, with their own tests as domains. Host; boots
// domains.

package outside

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// A module is somebody's, at one version.
type module struct {
	name    string // of the test
	version string // path@version
	// quick are the packages tested in every run, long the others.
	quick, long string
}

// modules show a big module, one whose tests read files, and one whose code is
// assembly in good part.
var modules = []module{
	{"files", "golang.org/x/mod@v0.34.0", "./modfile", "./semver ./module ./zip ./sumdb/..."},
	{"assembly", "golang.org/x/crypto@v0.58.0", "./chacha20", "./blake2b ./blake2s ./argon2 ./salsa20/... ./curve25519/... ./chacha20poly1305 ./internal/poly1305"},
	{"big", "github.com/klauspost/compress@v1.20.3", "./fse", "./..."},
}

// TestModules tests modules as their authors do, with mkimage test for go test.
func TestModules(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, func(t *testing.T, mode string) {
		for _, m := range modules {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				testModule(t, mode, m)
			})
		}
	})
}

// testModule tests a copy of the module, since nothing can be built in Go's module
// cache, and compares it with the original then.
func testModule(t *testing.T, mode string, m module) {
	original := download(t, m.version)
	dir := filepath.Join(t.TempDir(), "module")
	if err := os.CopyFS(dir, os.DirFS(original)); err != nil {
		t.Fatal(err)
	}
	packages := m.quick
	if domtest.LongClass() {
		packages += " " + m.long
	}
	words := append([]string{"-C", dir, domtest.Mkimage(t), "test", "-type", mode, "-short", "-memory", "512"}, strings.Fields(packages)...)
	defer domtest.Slot()()
	if r := domtest.Run(t, time.Hour, "env", words...); r.Code != 0 {
		t.Errorf("mkimage test %s ended with code %d\n%s", packages, r.Code, r.Tail())
	}
	if out, err := exec.Command("diff", "-r", original, dir).CombinedOutput(); err != nil {
		t.Errorf("%s is not what it was (%v): %s", m.version, err, domtest.Ends(string(out)))
	}
}

// download returns a module's folder in Go's module cache.
func download(t *testing.T, version string) string {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", version)
	cmd.Dir = t.TempDir() // in no module: the version is what is asked for
	out, err := cmd.Output()
	var got struct{ Dir, Error string }
	if decoded := json.Unmarshal(out, &got); err != nil || decoded != nil || got.Dir == "" {
		t.Fatal(fmt.Errorf("go mod download %s: %w %s", version, err, got.Error))
	}
	return got.Dir
}
