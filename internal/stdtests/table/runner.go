// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The running of the tests, with a bar or lines that tell how far it is. Runs on
// the developer's machine.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	record *stdtests.Record
	page   *stdtests.Page
}

// all runs the jobs and writes the page after each, so that nothing is lost.
func (r *runner) all(ctx context.Context, jobs []job) error {
	remove, err := r.build(ctx)
	if err != nil {
		return err
	}
	defer remove()
	tell := progress(len(jobs))
	for _, j := range jobs {
		outcome, err := r.one(ctx, j)
		if err == nil {
			err = errors.Join(r.record.Add(outcome), writePage(r.page, r.options.page))
		}
		if err != nil {
			tell.end()
			return err
		}
		tell.done(&outcome)
	}
	tell.end()
	return writePage(r.page, r.options.page)
}

// build makes mkimage, if none was given: what go run makes would be another
// program, to go's cache, for each job.
func (r *runner) build(ctx context.Context) (remove func(), err error) {
	if r.tool != "" {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "stdtests-")
	if err != nil {
		return nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	r.tool = filepath.Join(dir, "mkimage")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", r.tool, "./mkimage")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		remove()
		return nil, fmt.Errorf("mkimage was not built: %w", err)
	}
	return remove, nil
}

// one runs one package's tests. What go test printed is kept beside the record
// if they did not pass.
func (r *runner) one(ctx context.Context, j job) (stdtests.Outcome, error) {
	o := stdtests.Outcome{Path: j.path, Kind: j.kind}
	words := stdtests.Of(j.path).Command(j.kind, r.goes.Root)
	cmd := exec.CommandContext(ctx, r.tool, slices.Insert(words, 1, "-json")...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	var events, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &events, &said
	err := cmd.Run()
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return o, err
	}
	printed := bytes.Clone(events.Bytes())
	if err := o.Read(&events); err != nil {
		return o, fmt.Errorf("%w\n%s", err, said.Bytes())
	}
	if (o.Verdict == stdtests.Pass || o.Verdict == stdtests.NoTests) != (err == nil) {
		return o, fmt.Errorf("%s as %s: go test says %s, but mkimage ends with %v\n%s", j.path, j.kind, o.Verdict, err, said.Bytes())
	}
	return o, r.keep(&o, append(printed, said.Bytes()...))
}

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
	line := fmt.Sprintf("%d of %d: %s %s %s, %d tests, %.1f s %s\n", t.n, t.all, o.Kind, o.Path, o.Verdict, o.Passed, o.Seconds, o.Said)
	switch {
	case t.bars == nil:
		fmt.Fprint(os.Stderr, line)
	case o.Verdict != stdtests.Pass && o.Verdict != stdtests.NoTests:
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
