// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Table runs the tests of the standard library as domains, package by package,
// and writes docs/std.md. It takes hours, can be interrupted at any time, and goes
// on where it was.
//
//	go run ./internal/stdtests/table                      all packages that have no outcome yet
//	go run ./internal/stdtests/table -type pv os io/fs    these, again, as PV domains only
//	go run ./internal/stdtests/table -again fail          those whose outcome was that, again
//	go run ./internal/stdtests/table -write               the page alone
//	go run ./internal/stdtests/table -images DIR -build   only the images, which a later run with -images DIR takes
//
// It runs on the developer's machine, at the top of the repository.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/internal/stdtests"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "table:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	kinds  []string
	resume string // the record
	tool   string // mkimage
	page   string
	again  string
	most   int // jobs
	write  bool
	build  bool // images only
	paths  []string

	imagesDir string
}

// parse reads the command line.
func parse() (*options, error) {
	var o options
	kinds := flag.String("type", "pv,pvh", "kinds of domain")
	flag.StringVar(&o.resume, "resume", "", "the file that outcomes are kept in (default: one in the cache for each Go release)")
	flag.StringVar(&o.tool, "mkimage", "", "mkimage to use (default: built from the sources)")
	flag.StringVar(&o.page, "o", "docs/std.md", "the page to write")
	flag.StringVar(&o.again, "again", "", "run packages with this outcome again: pass, fail, hang or unbuilt")
	flag.IntVar(&o.most, "most", 0, "stop after so many runs; 0 means all")
	flag.StringVar(&o.imagesDir, "images", "", "folder that images of tests are kept in, and taken from if they are there")
	flag.BoolVar(&o.build, "build", false, "only build images; with -images")
	flag.BoolVar(&o.write, "write", false, "only write the page")
	flag.Parse()
	o.paths, o.kinds = flag.Args(), strings.Split(*kinds, ",")
	if o.build && o.imagesDir == "" {
		return nil, errors.New("-build: say with -images where the images go")
	}
	for _, k := range o.kinds {
		if k != "pv" && k != "pvh" {
			return nil, fmt.Errorf("unknown kind of domain %q: use pv, pvh or pv,pvh", k)
		}
	}
	return &o, nil
}

func run(ctx context.Context) (err error) {
	o, err := parse()
	if err != nil {
		return err
	}
	goes, err := stdtests.Installed(ctx)
	if err != nil {
		return err
	}
	if err := o.files(goes.Release); err != nil {
		return err
	}
	record, err := stdtests.OpenRecord(o.resume)
	if err != nil {
		return err
	}
	defer record.Close()
	page := stdtests.Page{Release: goes.Release, Kinds: []string{"pv", "pvh"}, Record: record}
	if page.Paths, page.All, err = stdtests.List(ctx); err != nil {
		return err
	}
	jobs, err := o.jobs(&page)
	if err != nil || o.write {
		return errors.Join(err, writePage(&page, o.page))
	}
	r := runner{options: o, goes: goes, record: record, page: &page}
	return r.all(ctx, jobs)
}

// files finds the record and sees that there is a place for the page.
func (o *options) files(release string) error {
	if _, err := os.Stat(filepath.Dir(o.page)); err != nil {
		return fmt.Errorf("%w: run this at the top of the repository, or say -o", err)
	}
	if o.resume != "" {
		return nil
	}
	root, err := cachedir.Root()
	if err != nil {
		return err
	}
	o.resume = filepath.Join(root, "stdtests", release+".json")
	return os.MkdirAll(filepath.Dir(o.resume), 0o755)
}

// job is one package in one kind of domain.
type job struct{ path, kind string }

// jobs returns what is to be run: what was named, or what has no outcome, or not
// the one wanted.
func (o *options) jobs(page *stdtests.Page) ([]job, error) {
	paths := page.Paths
	for _, p := range o.paths {
		if !slices.Contains(page.Paths, p) {
			return nil, fmt.Errorf("%s has no tests in go list std", p)
		}
	}
	if len(o.paths) > 0 {
		paths = o.paths
	}
	var jobs []job
	for _, path := range paths {
		for _, kind := range o.kinds {
			seen := page.Record.Get(path, kind).Verdict
			if len(o.paths) > 0 || seen == stdtests.Verdict(o.again) {
				jobs = append(jobs, job{path, kind})
			}
		}
	}
	if o.most > 0 && len(jobs) > o.most {
		jobs = jobs[:o.most]
	}
	return jobs, nil
}

// writePage replaces the page in one step.
func writePage(page *stdtests.Page, file string) error {
	var b strings.Builder
	if err := page.Write(&b); err != nil {
		return err
	}
	return cachedir.WriteFile(file, []byte(b.String()), 0o644)
}
