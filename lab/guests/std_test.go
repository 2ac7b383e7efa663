// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The standard library's own tests as domains. Host; boots domains.

package guests

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/lab/domtest"
)

// TestStd runs the standard library's own tests as domains, the way any user
// runs his: go test -exec.
func TestStd(t *testing.T) {
	domtest.NeedLab(t)
	domtest.InModes(t, testStdPackages)
}

// testStdPackages tests all packages in one mode.
func testStdPackages(t *testing.T, mode string) {
	for _, p := range stdPackages() {
		t.Run(p.path, func(t *testing.T) {
			t.Parallel()
			if !p.quick {
				domtest.NeedLong(t)
			}
			for _, e := range p.without {
				t.Logf("without %s: %s", e.test, e.reason)
			}
			testInDomain(t, mode, p)
		})
	}
}

// testInDomain has a shell take over the environment that mkimage prints and
// call go test in it.
func testInDomain(t *testing.T, mode string, p stdPackage) {
	t.Helper()
	const script = `set -e; package=$1; shift
		settings=$("$0" env -test "$package"); eval "$settings"; exec go test "$@" "$package"`
	tool := domtest.Mkimage(t)
	args := []string{"-c", script, tool, p.path, "-short", "-count=1",
		"-exec", fmt.Sprintf("%s exec -type %s -memory %d", tool, mode, cmp.Or(p.memory, 256)), "-timeout", "10m"}
	if p.tags != "" {
		args = append(args, "-tags", p.tags)
	}
	if len(p.without) != 0 {
		args = append(args, "-skip", skipPattern(p.without))
	}
	defer domtest.Slot()()
	if r := domtest.Run(t, 15*time.Minute, "sh", args...); r.Code != 0 {
		t.Errorf("go test ended with code %d\n%s", r.Code, r.Tail())
	}
}

// skipPattern is what go test's -skip wants.
func skipPattern(without []exclusion) string {
	names := make([]string, len(without))
	for i, e := range without {
		names[i] = e.test
	}
	return "^(" + strings.Join(names, "|") + ")$"
}
