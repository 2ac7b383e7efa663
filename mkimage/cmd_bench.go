// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage bench: what a domain costs, measured in the lab. Runs on the host.

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/mkimage/internal/bench"
)

// benchFlags are the settings of mkimage bench.
type benchFlags struct {
	kinds   []string
	smp     int
	runs    int
	linux   bool
	file    string
	against string
}

func newBenchCommand() *cobra.Command {
	var b benchFlags
	cmd := &cobra.Command{
		Use:   "bench [flags]",
		Short: "Measure what a domain costs, in the lab",
		Long: `Run domlet's benchmark program as a domain, several times, in a lab of its own, and
print the medians. The same program as a Linux process in dom0 stands beside it.
By default the lab's clock counts instructions: two runs agree closely, and the
figures tell what is cheaper than what, never how fast a machine is. With --smp N
time is real, and so is its noise. The report is saved and compared with the one
before it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return b.run(cmd.Context()) },
	}
	cmd.Flags().StringSliceVar(&b.kinds, "type", nil, "`kinds` of domain: pv, pvh or pv,pvh (default: what the lab can run)")
	cmd.Flags().IntVar(&b.smp, "smp", 0, "measure real time in a lab with this `number` of processors")
	cmd.Flags().IntVar(&b.runs, "runs", 5, "`number` of domains to start")
	cmd.Flags().BoolVar(&b.linux, "linux", false, "put the lab's Linux domain beside it, which takes a minute to boot")
	cmd.Flags().StringVarP(&b.file, "output", "o", "", "`file` for the report, as JSON (default: in the cache)")
	cmd.Flags().StringVar(&b.against, "against", "", "`file` of an earlier report (default: the last one)")
	return cmd
}

// kind is the lab to measure in.
func (b *benchFlags) kind() lab.Kind {
	if b.smp == 0 {
		return lab.Kind{Repeatable: true}
	}
	return lab.Kind{SMP: b.smp}
}

// mode names the kind of lab in a report.
func (b *benchFlags) mode() string {
	if b.smp == 0 {
		return "instruction count"
	}
	return fmt.Sprintf("real time with %d processors", b.smp)
}

// run measures, prints and saves.
func (b *benchFlags) run(ctx context.Context) error {
	if err := b.check(); err != nil {
		return err
	}
	if err := b.files(); err != nil {
		return err
	}
	old, err := b.earlier()
	if err != nil {
		return err
	}
	report, err := b.measure(ctx)
	if err != nil {
		return err
	}
	if err := report.Print(os.Stdout, old); err != nil {
		return err
	}
	data, err := report.JSON()
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "mkimage: the report is in", b.file)
	return cachedir.WriteFile(b.file, data, 0o644)
}

// check fills in the kinds of domain and refuses what cannot be measured.
func (b *benchFlags) check() error {
	if b.kinds == nil {
		b.kinds = []string{"pv", "pvh"}
		if b.smp > 1 {
			b.kinds = b.kinds[:1] // see errOneProcessor
		}
	}
	for _, kind := range b.kinds {
		switch {
		case kind != "pv" && kind != "pvh":
			return fmt.Errorf("unknown domain type %q: use pv, pvh or pv,pvh", kind)
		case kind == "pvh" && b.smp > 1:
			return errOneProcessor
		}
	}
	if b.runs < 1 || b.smp < 0 {
		return errors.New("bench needs at least one run, and no negative number of processors")
	}
	return nil
}

// files fills in where reports are. Each mode has its own last report.
func (b *benchFlags) files() error {
	root, err := cachedir.Root()
	if err != nil {
		return err
	}
	last := filepath.Join(root, "bench", fmt.Sprintf("smp%d.json", b.smp))
	if b.against == "" {
		b.against = last
	}
	if b.file == "" {
		b.file = last
	}
	return os.MkdirAll(filepath.Dir(last), 0o755)
}

// earlier loads the report to compare with; nil if there never was one.
func (b *benchFlags) earlier() (*bench.Report, error) {
	old, err := bench.Load(b.against)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case old.Mode != b.mode():
		return nil, fmt.Errorf("%s was measured in another mode (%s) and cannot be compared with: give another file with --against", b.against, old.Mode)
	}
	return old, nil
}
