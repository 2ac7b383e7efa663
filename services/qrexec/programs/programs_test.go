// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Programs that start others. Linux; what they write is in memory.

package programs

import (
	"bytes"
	"context"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/domlet/domlet/services/qrexec"
)

// buffer is a stream of a call's.
type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }

// run has a handler serve a call to a shell script, and returns what came of it.
func run(t *testing.T, ctx context.Context, script string) (code int, out, errs string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "test.Run"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	h := &Handler{Dirs: []string{dir}, Go: func(f func()) { go f() }, endTime: time.Millisecond}
	var o, e buffer
	code = h.ServeCall(ctx, &qrexec.Request{
		Service: "test.Run", Source: "work", User: u.Username, Stdin: strings.NewReader(""), Stdout: &o, Stderr: &e,
	})
	return code, o.String(), e.String()
}

// TestGoesOn has a program end before one that it started: while the caller is there, what that one writes is passed on, however
// long it takes, and the exit code is the program's.
func TestGoesOn(t *testing.T) {
	code, out, errs := run(t, t.Context(), "(sleep 0.3; echo late; echo later >&2) & echo soon; exit 3")
	if code != 3 || out != "soon\nlate\n" || errs != "later\n" {
		t.Errorf("code %d, output %q, errors %q", code, out, errs)
	}
}

// TestEndsWithTheCall has a program end before one that writes nothing and does not end, and then the caller leave.
func TestEndsWithTheCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	run(t, ctx, `(while [ -e "$0" ]; do sleep 0.1; done) & exit 0`)
}
