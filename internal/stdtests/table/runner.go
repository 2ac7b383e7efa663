// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The running of the tests, with a bar or lines that tell how far it is. Runs on
// the developer's machine.

package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/domlet/domlet/internal/stdtests"
)

// runner runs jobs, one after the other: the lab has one processor.
type runner struct {
	*options
	goes   stdtests.Toolchain
	images *images
	record *stdtests.Record
	page   *stdtests.Page
}

// all runs the jobs, or only builds their images, and writes the page after each,
// so that nothing is lost.
func (r *runner) all(ctx context.Context, jobs []job) error {
	remove, err := r.prepare(ctx)
	if err != nil {
		return err
	}
	defer remove()
	tell := progress(len(jobs))
	defer tell.end()
	for i, j := range jobs {
		said, err := r.images.make(ctx, pathsOf(jobs[i:]))
		if err != nil {
			return err
		}
		outcome := stdtests.Outcome{Path: j.path, Kind: j.kind}
		switch built := r.images.has(j.path); {
		case !built:
			outcome.Unbuilt(said)
		case !r.build:
			if err := r.one(ctx, &outcome); err != nil {
				return err
			}
		}
		if i+1 == len(jobs) || jobs[i+1].path != j.path {
			r.images.drop(j.path)
		}
		if outcome.Verdict != stdtests.Unlooked {
			if err := errors.Join(r.record.Add(outcome), writePage(r.page, r.options.page)); err != nil {
				return err
			}
		}
		tell.done(&outcome)
	}
	return nil
}

// pathsOf are the packages of jobs, each once.
func pathsOf(jobs []job) (paths []string) {
	for _, j := range jobs {
		if len(paths) == 0 || paths[len(paths)-1] != j.path {
			paths = append(paths, j.path)
		}
	}
	return paths
}

// prepare makes mkimage, if none was given, and a place for images. What go run
// makes would be another program, to go's cache, for each job.
func (r *runner) prepare(ctx context.Context) (remove func(), err error) {
	dir, err := os.MkdirTemp("", "stdtests-")
	if err != nil {
		return nil, err
	}
	if r.tool == "" {
		r.tool = filepath.Join(dir, "mkimage")
		cmd := exec.CommandContext(ctx, "go", "build", "-o", r.tool, "./mkimage")
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			os.RemoveAll(dir)
			return nil, fmt.Errorf("mkimage was not built: %w", err)
		}
	}
	r.images, err = openImages(r.imagesDir, r.tool)
	return func() { r.images.close(); os.RemoveAll(dir) }, err
}

// one runs one package's tests. What they printed is kept beside the record if
// they did not pass.
func (r *runner) one(ctx context.Context, o *stdtests.Outcome) error {
	words := stdtests.Of(o.Path).Exec(o.Kind, r.goes.Root, r.images.file(o.Path))
	cmd := exec.CommandContext(ctx, r.tool, words...)
	cmd.Dir = filepath.Join(r.goes.Root, "src", o.Path)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	began := time.Now()
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && cmd.ProcessState == nil {
		return err
	}
	code := cmd.ProcessState.ExitCode()
	if code == mkimageFailed {
		return fmt.Errorf("%s as %s: %s", o.Path, o.Kind, bytes.TrimSpace(printed.Bytes()))
	}
	o.Seconds = time.Since(began).Seconds()
	if err := o.Take(ctx, bytes.NewReader(printed.Bytes()), code); err != nil {
		return fmt.Errorf("%w\n%s", err, printed.Bytes())
	}
	return r.keep(o, printed.Bytes())
}

// mkimageFailed is how mkimage exec ends when there was no domain.
const mkimageFailed = 125

// keep saves what a package printed that did not pass.
func (r *runner) keep(o *stdtests.Outcome, printed []byte) error {
	file := filepath.Join(r.resume+".logs", o.Kind, strings.ReplaceAll(o.Path, "/", "_")+".log")
	if o.Verdict == stdtests.Pass {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, printed, 0o644)
}

// teller tells how far it is.
type teller struct {
	bars *mpb.Progress // nil where standard error is no terminal
	bar  *mpb.Bar
	n    int
	all  int
}

func progress(jobs int) *teller {
	t := &teller{all: jobs}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		t.bars = mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(40))
		t.bar = t.bars.AddBar(int64(jobs), mpb.PrependDecorators(decor.Name("std "), decor.CountersNoUnit("%d of %d")),
			mpb.AppendDecorators(decor.AverageETA(decor.ET_STYLE_GO)))
	}
	return t
}

// done counts one job, and says what did not pass.
func (t *teller) done(o *stdtests.Outcome) {
	t.n++
	verdict := cmp.Or(o.Verdict, "built")
	line := fmt.Sprintf("%d of %d: %s %s %s, %d tests, %.1f s %s\n", t.n, t.all, o.Kind, o.Path, verdict, o.Passed, o.Seconds, o.Said)
	switch {
	case t.bars == nil:
		fmt.Fprint(os.Stderr, line)
	case verdict != stdtests.Pass && verdict != stdtests.NoTests && verdict != "built":
		fmt.Fprint(t.bars, line)
		fallthrough
	default:
		t.bar.Increment()
	}
}

// end leaves the terminal in order.
func (t *teller) end() {
	if t.bars != nil {
		t.bar.Abort(false)
		t.bars.Wait()
	}
}
