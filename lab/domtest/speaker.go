// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Domains and dom0's processes that run beside each other and are watched while
// they do. Host; boots domains.

package domtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/labtest"
)

// A Speaker is a program that runs somewhere in the lab.
type Speaker struct {
	Name  string
	t     *testing.T
	heard heard // standard output
	aside heard // standard error
	stop  context.CancelFunc
	over  chan struct{} // closed at its end
	code  int
	err   error // it has no exit code
}

// patience is how long a speaker may run.
func patience() time.Duration {
	if LongClass() {
		return time.Hour
	}
	return 10 * time.Minute
}

// heard is what a speaker has printed so far.
type heard struct {
	mu      sync.Mutex
	text    strings.Builder
	changed chan struct{} // closed, and made anew, with every write
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.changed)
	h.changed = make(chan struct{})
	return h.text.Write(p)
}

func (h *heard) now() (string, chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String(), h.changed
}

// speakers numbers domains and paths, so that none is used twice in a lab.
var speakers atomic.Int64

// Unique is a name that nothing else in the lab has.
func Unique() string { return fmt.Sprintf("t%d-%d", os.Getpid(), speakers.Add(1)) }

// speak starts run on a goroutine and ends it with the test.
func speak(t *testing.T, name string, run func(ctx context.Context, out, errs io.Writer) (int, error)) *Speaker {
	ctx, stop := context.WithTimeout(context.Background(), patience())
	s := &Speaker{t: t, Name: name, stop: stop, over: make(chan struct{})}
	s.heard.changed, s.aside.changed = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(s.over)
		s.code, s.err = run(ctx, &s.heard, &s.aside)
	}()
	t.Cleanup(func() {
		stop()
		<-s.over
		if t.Failed() {
			out, _ := s.heard.now()
			errs, _ := s.aside.now()
			t.Logf("%s, exit code %d, %v\n%s", name, s.code, s.err, Result{Stdout: out, Stderr: errs}.Tail())
		}
	})
	return s
}

// Domain starts a program as a domain.
func Domain(t *testing.T, mode, pkg string, args ...string) *Speaker {
	t.Helper()
	return Limited(t, mode, nil, pkg, args...)
}

// Limited starts one with limits of xl's, such as max_grant_frames=N.
func Limited(t *testing.T, mode string, limits []string, pkg string, args ...string) *Speaker {
	t.Helper()
	return Start(t, Guest{Mode: mode, Pkg: pkg, Args: args, Limits: limits, Within: patience()})
}

// Started starts one with flags of mkimage run.
func Started(t *testing.T, mode string, flags []string, pkg string, args ...string) *Speaker {
	t.Helper()
	return Start(t, Guest{Mode: mode, Pkg: pkg, Args: args, Flags: flags, Within: patience()})
}

// Named starts one under a name that the test has chosen, with Unique, to use it
// again when the domain is gone.
func Named(t *testing.T, name, mode, pkg string, args ...string) *Speaker {
	t.Helper()
	return Fed(t, name, nil, mode, nil, pkg, args...)
}

// Fed is Named with flags of mkimage run, and with standard input from in, nil for
// none.
func Fed(t *testing.T, name string, in io.Reader, mode string, flags []string, pkg string, args ...string) *Speaker {
	t.Helper()
	return start(t, name, in, Guest{Mode: mode, Pkg: pkg, Args: args, Flags: flags, Within: patience()})
}

// Start starts a guest.
func Start(t *testing.T, g Guest) *Speaker {
	t.Helper()
	return start(t, Unique(), nil, g)
}

// start starts a guest under a name, with standard input from in.
func start(t *testing.T, name string, in io.Reader, g Guest) *Speaker {
	t.Helper()
	tool, file := Mkimage(t), Image(t, g.Pkg, g.toolchain()...)
	g.Flags = append(slices.Clone(g.Flags), "-name", name)
	words := g.Command(file)
	return speak(t, name, func(ctx context.Context, out, errs io.Writer) (int, error) {
		cmd := exec.CommandContext(ctx, tool, words...)
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = time.Minute
		cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = top(), in, out, errs
		err, code := cmd.Run(), cmd.ProcessState.ExitCode()
		if code >= 0 {
			err = nil
		}
		return code, err
	})
}

// Process starts a command on one of the lab's Linux systems. Its standard input
// is in, nil for one that never ends.
func Process(t *testing.T, on *lab.Remote, in io.Reader, words ...string) *Speaker {
	t.Helper()
	if in == nil {
		open, w := io.Pipe()
		t.Cleanup(func() { w.Close() })
		in = open
	}
	return speak(t, words[0], func(ctx context.Context, out, errs io.Writer) (int, error) {
		c := on.Command(ctx, words...)
		c.Stdin, c.Stdout, c.Stderr = in, out, errs
		return c.Run()
	})
}

// Number returns a domain's number, as soon as it has one.
func (s *Speaker) Number() string {
	s.t.Helper()
	return Number(s.t, labtest.Need(s.t).Remote, s.Name, s.over)
}

// Number returns the number of the domain with that name in dom0's lab, as soon as
// there is one. The channel over, nil for one that stays, is closed when there will
// be none.
func Number(t *testing.T, dom0 *lab.Remote, name string, over <-chan struct{}) string {
	t.Helper()
	var text string
	var err error
	tries := 0
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		tries++
		if text, err = dom0.Output(t.Context(), "xl", "domid", name); err == nil {
			return strings.TrimSpace(text)
		}
		select {
		case <-over:
			t.Fatalf("the domain %s ended before it had a number", name)
		default:
		}
	}
	t.Fatalf("the domain %s got no number in three minutes; try %d ended with %v %s", name, tries, err, text)
	return ""
}

// Expect waits until the speaker has printed text n times.
func (s *Speaker) Expect(text string, n int, within time.Duration) {
	s.t.Helper()
	late := time.After(within)
	for over := false; ; {
		said, changed := s.heard.now()
		if strings.Count(said, text) >= n {
			return
		}
		if over {
			s.t.Fatalf("%s ended without %q", s.Name, text)
		}
		select {
		case <-changed:
		case <-s.over:
			over = true
		case <-late:
			s.t.Fatalf("%s did not print %q %d times within %v", s.Name, text, n, within)
		}
	}
}

// Said returns what the speaker has printed so far.
func (s *Speaker) Said() string {
	text, _ := s.heard.now()
	return text
}

// Succeed waits for the end, which must be one with exit code 0, and returns what
// the speaker has printed.
func (s *Speaker) Succeed() string {
	s.t.Helper()
	return s.Code(0)
}

// Code is Succeed for an end with another exit code.
func (s *Speaker) Code(want int) string {
	s.t.Helper()
	s.End(patience())
	if s.code != want || s.err != nil {
		s.t.Fatalf("%s ended with code %d, want %d; %v", s.Name, s.code, want, s.err)
	}
	return s.Said()
}

// End waits for the end, whatever it is.
func (s *Speaker) End(within time.Duration) {
	s.t.Helper()
	select {
	case <-s.over:
	case <-time.After(within):
		s.t.Fatalf("%s did not end within %v", s.Name, within)
	}
}

// Stop kills the speaker and waits for its end.
func (s *Speaker) Stop() {
	s.t.Helper()
	s.stop()
	s.End(patience())
}
