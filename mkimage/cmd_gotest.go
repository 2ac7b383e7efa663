// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage test: go test, with each test binary a domain. Runs on the host.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/image"
	"github.com/domlet/domlet/mkimage/internal/inject"
)

func newTestCommand() *cobra.Command {
	var guest guestFlags
	cmd := &cobra.Command{
		Use:   "test [flags] [go test's flags] [PACKAGE...] [-- ARG...]",
		Short: "Run go test with each package's tests in a domain of their own",
		Long: `Run go test on the packages (default: the working directory's; the standard
library's and "..." are fine), with each test binary a domain. go test's own flags
are understood, before and behind the packages: -run -skip -v -count -bench -cover
-json -short -timeout and so on; what stands behind -- (or -args) is the test
binary's. A domain finds the package's folder, which it begins in, under the name it
has here, and the testdata folders above it in the module; a test that opens its own
binary finds that with -itself.

As many packages run at once as the lab has processors; -p N changes that. go test
caches no result of a program that runs in a domain, so every run is a run. The exit
code is go test's: 0 if all tests passed, 1 if not, 2 if the command line is wrong.`,
		Example: "  mkimage test sort strings\n" +
			"  mkimage test -itself os\n" +
			"  mkimage test -type pvh -v -run TestParse ./...\n" +
			"  mkimage test -memory 512 -bench . -run '^$' encoding/json",
		DisableFlagParsing: true,
	}
	guest.add(cmd, testMemory)
	guest.addExec(cmd)
	for _, name := range []string{"timeout", "name", "cd", "port", "pcap"} {
		cmd.Flags().MarkHidden(name) // go test's, and what the package decides
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		line, err := parseTest(cmd.Flags(), args)
		if err == nil && line.help {
			return cmd.Help()
		}
		if err == nil {
			err = errors.Join(line.check(), guest.check(), guest.checkLab())
		}
		if err != nil {
			return &exitError{codeUsage, err}
		}
		return goTest(cmd.Context(), &guest, line)
	}
	return cmd
}

// goTest prepares the packages and has the go command build and run their tests.
func goTest(ctx context.Context, guest *guestFlags, line *testLine) error {
	ctx, stop := untilSignal(ctx)
	defer stop()
	b, err := image.Prepare(ctx, image.Options{Packages: line.packages, Flags: line.build, Test: true})
	if err != nil {
		return endOfTest(ctx, err)
	}
	tool, err := image.Program()
	if err != nil {
		return err
	}
	words := append([]string{tool, "exec", "-testdata"}, line.domain...)
	runner, err := inject.JoinFlags(words)
	if err != nil {
		return err
	}
	return endOfTest(ctx, runGo(ctx, b, line.goTest(runner, guest.smp)))
}

// runGo runs the go command to its end. A signal reaches it and all that it
// started at the same time, and it ends when they have.
func runGo(ctx context.Context, b *inject.Build, args []string) error {
	cmd := exec.CommandContext(ctx, b.Go.Command(), args...)
	cmd.Env = append(os.Environ(), b.Env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = 30 * time.Second // for the domains to go
	return cmd.Run()
}

// endOfTest returns the error that ends mkimage as go test ended.
func endOfTest(ctx context.Context, err error) error {
	var sig *interrupted
	var ended *exec.ExitError
	switch {
	case errors.As(context.Cause(ctx), &sig):
		return &exitError{codeSignal + int(sig.signal), fmt.Errorf("ended by a signal: %w", sig)}
	case errors.As(err, &ended):
		return &exitError{code: ended.ExitCode()}
	}
	return err
}
