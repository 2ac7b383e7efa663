// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Domains and dom0's processes that run beside each other and are watched while
// they do. Host; boots domains.

package guests

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/lab/labtest"
)

// speaker is a program that runs somewhere in the lab.
type speaker struct {
	t     *testing.T
	name  string
	heard heard // standard output
	aside heard // standard error
	stop  context.CancelFunc
	over  chan struct{} // closed at its end
	code  int
	err   error // it has no exit code
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

// unique is a name that nothing else in the lab has.
func unique() string { return fmt.Sprintf("t%d-%d", os.Getpid(), speakers.Add(1)) }

// speak starts run on a goroutine and ends it with the test.
func speak(t *testing.T, name string, run func(ctx context.Context, out, errs io.Writer) (int, error)) *speaker {
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	s := &speaker{t: t, name: name, stop: stop, over: make(chan struct{})}
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
			t.Logf("%s, exit code %d, %v\n%s", name, s.code, s.err, result{stdout: out, stderr: errs}.tail())
		}
	})
	return s
}

// domain starts a program as a domain.
func domain(t *testing.T, mode, pkg string, args ...string) *speaker {
	t.Helper()
	return limited(t, mode, nil, pkg, args...)
}

// limited starts one with limits of xl's, such as max_grant_frames=N.
func limited(t *testing.T, mode string, limits []string, pkg string, args ...string) *speaker {
	t.Helper()
	name := unique()
	tool, file := mkimage(t), image(t, pkg, "")
	words := []string{"run", "-type", mode, "-memory", "64", "-name", name, "-timeout", "2m"}
	for _, l := range limits {
		words = append(words, "-limit", l)
	}
	words = append(append(words, file, "--"), args...)
	return speak(t, name, func(ctx context.Context, out, errs io.Writer) (int, error) {
		cmd := exec.CommandContext(ctx, tool, words...)
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 20 * time.Second
		cmd.Dir, cmd.Stdout, cmd.Stderr = top, out, errs
		err, code := cmd.Run(), cmd.ProcessState.ExitCode()
		if code >= 0 {
			err = nil
		}
		return code, err
	})
}

// process starts a command on one of the lab's Linux systems. Its standard input
// is in, nil for one that never ends.
func process(t *testing.T, on *lab.Remote, in io.Reader, words ...string) *speaker {
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

// number returns a domain's number, as soon as it has one.
func (s *speaker) number() string {
	s.t.Helper()
	l := labtest.Need(s.t)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		if text, err := l.Output(s.t.Context(), "xl", "domid", s.name); err == nil {
			return strings.TrimSpace(text)
		}
		select {
		case <-s.over:
			s.t.Fatalf("the domain %s ended before it had a number", s.name)
		default:
		}
	}
	s.t.Fatalf("the domain %s got no number in a minute", s.name)
	return ""
}

// expect waits until the speaker has printed text n times.
func (s *speaker) expect(text string, n int, within time.Duration) {
	s.t.Helper()
	late := time.After(within)
	for over := false; ; {
		said, changed := s.heard.now()
		if strings.Count(said, text) >= n {
			return
		}
		if over {
			s.t.Fatalf("%s ended without %q", s.name, text)
		}
		select {
		case <-changed:
		case <-s.over:
			over = true
		case <-late:
			s.t.Fatalf("%s did not print %q %d times within %v", s.name, text, n, within)
		}
	}
}

// succeed waits for the end, which must be one with exit code 0.
func (s *speaker) succeed() string {
	s.t.Helper()
	s.end()
	if s.code != 0 || s.err != nil {
		s.t.Fatalf("%s ended with code %d, %v", s.name, s.code, s.err)
	}
	text, _ := s.heard.now()
	return text
}

// end waits for the end, whatever it is.
func (s *speaker) end() {
	s.t.Helper()
	select {
	case <-s.over:
	case <-time.After(2 * time.Minute):
		s.t.Fatalf("%s did not end", s.name)
	}
}

// inFirstMode is inModes for tests that take long, or of what hardly depends on the
// mode: the other modes are for long runs.
func inFirstMode(t *testing.T, test func(t *testing.T, mode string)) {
	t.Helper()
	if longClass() {
		inModes(t, test)
		return
	}
	mode := modes()[0]
	t.Run(mode, func(t *testing.T) { test(t, mode) })
}
