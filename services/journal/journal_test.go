// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Lines and a console that takes its time. Host.

package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slow is a console that takes a second for each write.
type slow struct{ writes []string }

func (s *slow) Write(p []byte) (int, error) {
	time.Sleep(time.Second)
	s.writes = append(s.writes, string(p))
	return len(p), nil
}

// in runs f with a journal that is written.
func in(t *testing.T, f func(j *Journal, to *slow)) {
	synctest.Test(t, func(t *testing.T) {
		to := &slow{}
		j := New(to)
		ctx, cancel := context.WithCancel(t.Context())
		go j.Run(ctx)
		f(j, to)
		cancel()
	})
}

// TestTogether: nobody waits for a line, and lines that come during a write are written at once, in order.
func TestTogether(t *testing.T) {
	in(t, func(j *Journal, to *slow) {
		begin := time.Now()
		j.Say("first")
		synctest.Wait()
		want := ""
		for i := range 100 {
			line := fmt.Sprint("line ", i)
			j.Say(line)
			want += line + "\n"
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("saying took %v", took)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.Equal(to.writes, []string{"first\n", want}) {
			t.Errorf("%d writes: %q", len(to.writes), to.writes)
		}
	})
}

// TestFull: who finds no room waits for the writer, and nothing is lost.
func TestFull(t *testing.T) {
	in(t, func(j *Journal, to *slow) {
		begin := time.Now()
		long := strings.Repeat("x", room/2)
		for range 10 {
			j.Say(long)
		}
		j.Flush()
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("it took %v, a second for each line", took)
		}
		all := strings.Join(to.writes, "")
		if all != strings.Repeat(long+"\n", 10) {
			t.Errorf("%d bytes were written", len(all))
		}
	})
}

// TestLongLine: a line that has no room in any case is written all the same.
func TestLongLine(t *testing.T) {
	in(t, func(j *Journal, to *slow) {
		j.Say(strings.Repeat("x", 2*room))
		j.Say("short")
		j.Flush()
		if got := len(strings.Join(to.writes, "")); got != 2*room+len("\nshort\n") {
			t.Errorf("%d bytes were written", got)
		}
	})
}

// TestFlush: what was said before it is written when it returns, also by a journal that nobody runs.
func TestFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &slow{}
		j := New(to)
		j.Say("last words")
		j.Flush()
		j.Flush()
		if !slices.Equal(to.writes, []string{"last words\n"}) {
			t.Errorf("%q", to.writes)
		}
	})
}

// TestFatal: the program ends with code 1, and the last lines are there.
func TestFatal(t *testing.T) {
	if os.Getenv("JOURNAL_FATAL") != "" {
		j := New(os.Stdout)
		j.Sayf("%d lines", 2)
		j.Fatal("last words")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFatal$")
	cmd.Env = append(os.Environ(), "JOURNAL_FATAL=1")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || string(out) != "2 lines\nlast words\n" {
		t.Errorf("%v, %q", err, out)
	}
}
