// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Tests of commands in dom0: exit codes, standard files, and that no command
// outlives the one who asked for it.

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestExitCodes(t *testing.T) {
	l := open(t)
	for script, want := range map[string]int{
		"true": 0, "exit 1": 1, "exit 255": 255, "kill -9 $$": 128 + 9, "no-such-program": 127,
	} {
		code, err := l.Command(t.Context(), "sh", "-c", script).Run()
		if err != nil || code != want {
			t.Errorf("%s: exit code %d, %v; want %d", script, code, err, want)
		}
	}
}

func TestStandardFiles(t *testing.T) {
	l := open(t)
	var out, errs bytes.Buffer
	c := l.Command(t.Context(), "sh", "-c", "tr a-z A-Z; echo to-stderr >&2")
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader("from stdin\n"), &out, &errs
	if code, err := c.Run(); code != 0 || err != nil {
		t.Fatalf("exit code %d, %v", code, err)
	}
	if out.String() != "FROM STDIN\n" || errs.String() != "to-stderr\n" {
		t.Errorf("stdout %q, stderr %q", &out, &errs)
	}
}

func TestArgumentsArriveAsTheyAre(t *testing.T) {
	l := open(t)
	args := []string{"", " ", "a b", "it's", "$HOME", "`id`", "*", "a\nb", "\\", "-n", "\"", "\xff"}
	out, err := l.Output(t.Context(), append([]string{"printf", "<%s>"}, args...)...)
	if want := "<" + strings.Join(args, "><") + ">"; err != nil || out != want {
		t.Errorf("got %q, %v; want %q", out, err, want)
	}
}

func TestMuchOutput(t *testing.T) {
	l := open(t)
	var out bytes.Buffer
	c := l.Command(t.Context(), "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x")
	c.Stdout = &out
	if code, err := c.Run(); code != 0 || err != nil || out.Len() != 3000000 || strings.Trim(out.String(), "x") != "" {
		t.Errorf("exit code %d, %v, %d bytes", code, err, out.Len())
	}
}

// begin starts a shell script that says its process id after it has prepared.
func begin(t *testing.T, ctx context.Context, l *Lab, prepare, script string) (pid string, ended <-chan error) {
	t.Helper()
	var out sharedBuffer
	c := l.Command(ctx, "sh", "-c", prepare+"; echo $$; "+script)
	c.Stdout = &out
	ended = start(c)
	soon(t, "a command in dom0", func() bool { return strings.Contains(out.String(), "\n") })
	return strings.TrimSpace(out.String()), ended
}

// gone says whether a process of dom0 and what it started are gone.
func gone(t *testing.T, l *Lab, pid string) bool {
	t.Helper()
	return sh(t, l, "ps -o pid,pgid,args | awk '$2 == "+pid+"'") == ""
}

func TestCancelledCommandEnds(t *testing.T) {
	l := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	pid, ended := begin(t, ctx, l, ":", "exec sleep 1000")
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if !gone(t, l, pid) {
		t.Error("the command still runs when Run has returned")
	}
}

func TestCommandEndsWithItsConnection(t *testing.T) {
	l, other := open(t), open(t)
	pid, ended := begin(t, t.Context(), other, ":", "sleep 1000; sleep 1000")
	other.Close()
	if err := <-ended; err == nil {
		t.Error("no error after the connection was closed")
	}
	soon(t, "the end of the command", func() bool { return gone(t, l, pid) })
}

// TestStubbornCommandIsKilled: a command that is told to end has a while, in which
// this one says ten times that it goes on, and then it is killed.
func TestStubbornCommandIsKilled(t *testing.T) {
	l, other := open(t), open(t)
	const file = "/run/stubborn"
	pid, _ := begin(t, t.Context(), other, "rm -f "+file+"; trap 'told=1' TERM",
		`while sleep 0.1 || :; do [ -z "$told" ] || echo alive >>`+file+"; done")
	other.Close()
	soon(t, "the end of the command", func() bool { return gone(t, l, pid) })
	if alive := strings.Count(sh(t, l, "cat "+file+"; rm "+file), "alive\n"); alive < 10 {
		t.Errorf("the command went on for %d rounds: it was not given time to end", alive)
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	first := open(t)
	var clients sync.WaitGroup
	for i := range 4 {
		clients.Go(func() {
			l, err := Open(t.Context(), Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer l.Close()
			if l.Started() {
				t.Error("a second lab was started")
			}
			var commands sync.WaitGroup
			for j := range 4 {
				commands.Go(func() {
					want := fmt.Sprintf("%d-%d", i, j)
					if out, err := l.Output(t.Context(), "sh", "-c", "sleep 0.2; echo "+want); err != nil || out != want+"\n" {
						t.Errorf("%q, %v; want %q", out, err, want)
					}
				})
			}
			commands.Wait()
		})
	}
	clients.Wait()
	sh(t, first, "true")
}
