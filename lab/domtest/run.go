// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Running programs and commands, and what they printed. Host only.

package domtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Result is how a program or a domain ended.
type Result struct {
	Stdout, Stderr string
	Code           int
	Took           time.Duration
}

// Run starts a command and waits for its end, at most for the given time.
func Run(t *testing.T, within time.Duration, name string, args ...string) Result {
	t.Helper()
	return RunInto(t, new(bytes.Buffer), within, name, args...)
}

// RunInto is Run with a buffer for standard output.
func RunInto(t *testing.T, stdout Output, within time.Duration, name string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	cmd.Dir, cmd.Stdout, cmd.Stderr = top(), stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	r := Result{Stdout: stdout.String(), Stderr: stderr.String(), Took: time.Since(start)}
	r.Code = cmd.ProcessState.ExitCode()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%s %s: %v after %v\n%s", name, strings.Join(args, " "), err, r.Took, r.Tail())
	}
	return r
}

// Output collects what a command prints.
type Output interface {
	io.Writer
	fmt.Stringer
}

// Tail is the beginning and the end of what was printed, for a failure's report.
func (r Result) Tail() string {
	return "--- standard output\n" + Ends(r.Stdout) + "\n--- standard error\n" + Ends(r.Stderr)
}

// Ends leaves the middle of a long text out.
func Ends(s string) string {
	const most = 3000
	if len(s) <= 2*most {
		return s
	}
	return s[:most] + "\n[...]\n" + s[len(s)-most:]
}

// Dom0 runs a command in the lab's dom0 and returns what it printed.
func Dom0(t *testing.T, command ...string) string {
	t.Helper()
	r := Run(t, 5*time.Minute, Mkimage(t), append([]string{"lab", "sh", "--"}, command...)...)
	if r.Code != 0 {
		t.Fatalf("%s in dom0 ended with code %d\n%s", strings.Join(command, " "), r.Code, r.Tail())
	}
	return r.Stdout
}

// Figure finds NAME=NUMBER in a text.
func Figure(t *testing.T, text, name string) int64 {
	t.Helper()
	found := regexp.MustCompile(`\b` + name + `=(-?\d+)`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no figure %s in:\n%s", name, Ends(text))
	}
	n, err := strconv.ParseInt(found[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
