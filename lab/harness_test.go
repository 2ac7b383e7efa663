// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the tests share: a lab of their own, so that they may end it without
// asking anybody. They run on the developer's machine.

package lab

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

// run gives the tests a state directory and ends what they leave.
func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "domlet-lab-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	os.Setenv("DOMLET_LAB_DIR", dir)
	code := m.Run()
	if _, err := Down(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// needLab leaves a test that needs the lab out of a -short run, visibly.
func needLab(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("boots the lab; run without -short")
	}
}

// open joins or boots the tests' lab.
func open(t *testing.T) *Lab {
	t.Helper()
	needLab(t)
	l, err := Open(t.Context(), Options{Progress: testLog{t}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// testLog is a writer to the test's log.
type testLog struct{ t *testing.T }

// Write implements io.Writer.
func (w testLog) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// sh runs a shell script in dom0 and returns its output.
func sh(t *testing.T, l *Lab, script string) string {
	t.Helper()
	out, err := l.Output(t.Context(), "sh", "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// start runs a command in the background; it is over when the channel closes.
func start(c *Cmd) <-chan error {
	ended := make(chan error, 1)
	go func() {
		_, err := c.Run()
		ended <- err
		close(ended)
	}()
	return ended
}

// patience is how long a test waits for anything: the machine may be busy.
const patience = 3 * time.Minute

// soon waits until cond holds.
func soon(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, patience)
		}
	}
}

// sharedBuffer is a bytes.Buffer that may be read while a command writes it.
type sharedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (s *sharedBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String returns what was written so far.
func (s *sharedBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
