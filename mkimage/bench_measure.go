// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The measurements of mkimage bench. Runs on the host; domains run in the lab.

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/mkimage/internal/bench"
	"github.com/domlet/domlet/mkimage/internal/domain"
)

// The packages that are measured.
const (
	benchProgram = "github.com/domlet/domlet/lab/guests/bench"
	sizeProgram  = "github.com/domlet/domlet/examples/hello"
)

// benchMemory is the memory in MiB of a domain that is measured.
const benchMemory = 32

// measure builds what is needed and measures it.
func (b *benchFlags) measure(ctx context.Context) (*bench.Report, error) {
	dir, err := os.MkdirTemp("", "mkimage-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	report := &bench.Report{When: time.Now(), Mode: b.mode(), Go: runtime.Version()}
	var domains []*bench.Subject
	for _, kind := range b.kinds {
		domains = append(domains, report.Subject(kind))
	}
	linux := report.Subject("Linux in dom0")
	if err := measureSize(ctx, dir, domains, linux); err != nil {
		return nil, err
	}
	l, err := lab.Open(ctx, lab.Options{Kind: b.kind()})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	report.Versions = l.Versions().String()
	m := measurement{ctx: ctx, lab: l, runs: b.runs, dir: dir}
	for _, s := range domains {
		if err := m.domains(s, s.Name); err != nil {
			return nil, err
		}
	}
	if err := m.processes(l.Remote, linux); err != nil || !b.linux {
		return report, err
	}
	guest, err := l.Linux(ctx)
	if err != nil {
		return nil, err
	}
	defer guest.Close()
	return report, m.processes(guest, report.Subject("Linux domain"))
}

// measureSize compares an image, the same for all kinds of domain, with the same
// program as go build makes it.
func measureSize(ctx context.Context, dir string, domains []*bench.Subject, linux *bench.Subject) error {
	img, err := buildImage(ctx, sizeProgram, filepath.Join(dir, "image"))
	if err != nil {
		return err
	}
	plain := filepath.Join(dir, "plain")
	if err := buildPlain(ctx, sizeProgram, plain); err != nil {
		return err
	}
	for _, s := range domains {
		if err := addSize(s, img.File); err != nil {
			return err
		}
	}
	return addSize(linux, plain)
}

// addSize adds the size of a file.
func addSize(s *bench.Subject, file string) error {
	info, err := os.Stat(file)
	if err == nil {
		s.Add("size of hello", float64(info.Size()), "bytes")
	}
	return err
}

// buildPlain builds a static Linux program.
func buildPlain(ctx context.Context, pkg, out string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s was not built: %s", pkg, strings.TrimSpace(string(text)))
	}
	return nil
}

// measurement is one lab run.
type measurement struct {
	ctx  context.Context
	lab  *lab.Lab
	runs int
	dir  string
}

// domains measures the benchmark program as a domain of one kind, and its start;
// then, as domains with several vCPUs, what depends on their number.
func (m *measurement) domains(s *bench.Subject, kind string) error {
	img, err := buildImage(m.ctx, benchProgram, filepath.Join(m.dir, "bench"))
	if err != nil {
		return err
	}
	tool, err := m.lab.Mkimage(m.ctx)
	if err != nil {
		return err
	}
	remote, err := m.lab.Store(m.ctx, img.File)
	if err != nil {
		return err
	}
	words := []string{tool, "run", nativeTSC, "--type=" + kind, fmt.Sprintf("--memory=%d", benchMemory)}
	if err := m.repeat(m.lab.Remote, s, append(slices.Clone(words), "--timings", remote)); err != nil {
		return err
	}
	for _, vcpus := range []int{1, 2, 4} {
		words := append(slices.Clone(words), fmt.Sprintf("--vcpus=%d", vcpus), remote, "--", "several")
		if err := m.repeat(m.lab.Remote, s, words); err != nil {
			return err
		}
	}
	return nil
}

// processes measures the same program as a process of a Linux beside it.
func (m *measurement) processes(on *lab.Remote, s *bench.Subject) error {
	program := filepath.Join(m.dir, "bench-linux")
	if err := buildPlain(m.ctx, benchProgram, program); err != nil {
		return err
	}
	remote := "/tmp/" + domain.NewName("bench")
	if err := on.Put(m.ctx, program, remote); err != nil {
		return err
	}
	err := m.repeat(on, s, []string{remote})
	_, cleanup := on.Output(m.ctx, "rm", "-f", remote)
	return errors.Join(err, cleanup)
}

// repeat runs a command and adds its figures: those on stdout are the program's,
// those on stderr mkimage's own.
func (m *measurement) repeat(on *lab.Remote, s *bench.Subject, words []string) error {
	for i := range m.runs {
		fmt.Fprintf(os.Stderr, "mkimage: %s, %d of %d\n", s.Name, i+1, m.runs)
		var out, errs bytes.Buffer
		c := on.Command(m.ctx, words...)
		c.Stdout, c.Stderr = &out, &errs
		code, err := c.Run()
		if err != nil {
			return err
		}
		if code != 0 {
			return fmt.Errorf("the benchmark program ended with code %d: %s", code, strings.TrimSpace(out.String()+errs.String()))
		}
		if err := s.Read(errs.String() + out.String()); err != nil {
			return err
		}
	}
	return nil
}
