// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file is "mkimage lab": the lab's face on the command line. It runs on the
// developer's machine; its hidden subcommand agent runs in the lab's dom0.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/domlet/domlet/lab"
	"github.com/spf13/cobra"
)

// labCommand holds the flags that subcommands share.
type labCommand struct{ options lab.Options }

// newLabCommand returns the command with its subcommands.
func newLabCommand() *cobra.Command {
	l := &labCommand{}
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Use real Xen under QEMU on this machine",
		Long: `The lab is real Xen with a Linux dom0, run by QEMU on this machine; neither root
nor virtualization hardware is needed. The first use downloads Debian's packages
into the cache. The lab stays up between commands and ends itself ten minutes
after the last one.`,
		Args: labArgs(cobra.NoArgs),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{codeUsage, err} })
	cmd.AddCommand(labDown(), labStatus(), labAgent())
	for _, sub := range []*cobra.Command{l.up(), l.sh(), l.cp()} {
		sub.Flags().IntVar(&l.options.SMP, "smp", 1, "processors of the lab; each number is a lab of its own")
		cmd.AddCommand(sub)
	}
	return cmd
}

// codeUsage is the exit code for a command line that cannot be understood; 1 is
// for what went wrong, and sh passes on the exit code of its command.
const codeUsage = 2

// labArgs gives the errors of a check of the arguments their exit code.
func labArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &exitError{codeUsage, err}
		}
		return nil
	}
}

// up starts the lab.
func (l *labCommand) up() *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Start the lab, or see that it is up",
		Args:  labArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			conn, err := lab.Open(cmd.Context(), l.options)
			if err != nil {
				return err
			}
			defer conn.Close()
			fmt.Fprintf(os.Stderr, "lab: up: %s\n", conn.Versions())
			return nil
		},
	}
}

// labDown ends every lab.
func labDown() *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "End the lab",
		Args:  labArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := lab.Down(cmd.Context())
			if err == nil && n == 0 {
				fmt.Fprintln(os.Stderr, "lab: was not up")
			}
			return err
		},
	}
}

// labStatus lists the labs that are up.
func labStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say whether the lab is up and what it runs; exit code 1 when it is not up",
		Args:  labArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			list, err := lab.List()
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return errors.New("lab: not up")
			}
			for _, s := range list {
				fmt.Printf("%s: up for %s, process %d, console in %s/console.log\n  %s, %d floating-point checks passed\n  gdb: target remote %[4]s/gdb\n",
					s.Name, time.Since(s.Since).Round(time.Second), s.PID, s.Dir, s.Versions, s.FPURounds)
			}
			return nil
		},
	}
}

// sh runs a command or a shell in dom0.
func (l *labCommand) sh() *cobra.Command {
	return &cobra.Command{
		Use:                   "sh [-- COMMAND [ARG...]]",
		Short:                 "Run a command, or a shell, in dom0",
		DisableFlagsInUseLine: true,
		Example:               "  mkimage lab sh\n  mkimage lab sh -- xl list",
		RunE: func(cmd *cobra.Command, argv []string) error {
			ctx, stop := untilSignal(cmd.Context())
			defer stop()
			code, err := runInDom0(ctx, l.options, argv)
			var sig *interrupted
			switch {
			case errors.As(context.Cause(ctx), &sig):
				return &exitError{code: codeSignal + int(sig.signal)}
			case err == nil && code != 0:
				return &exitError{code: code}
			}
			return err
		},
	}
}

// runInDom0 connects a command in dom0 with this program's own files.
func runInDom0(ctx context.Context, options lab.Options, argv []string) (int, error) {
	conn, err := lab.Open(ctx, options)
	if err != nil {
		return 1, err
	}
	defer conn.Close()
	c := conn.Command(ctx, argv...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	t, err := lab.OpenTerminal(os.Stdin, os.Stdout)
	if err != nil {
		return 1, err
	}
	if t != nil {
		defer t.Restore()
		c.Terminal = t
	}
	return c.Run()
}

// dom0Prefix marks a path in dom0.
const dom0Prefix = "dom0:"

// cp copies a file into or out of dom0.
func (l *labCommand) cp() *cobra.Command {
	return &cobra.Command{
		Use:     "cp SRC DST",
		Short:   "Copy a file into or out of dom0; one of the two begins with dom0:",
		Example: "  mkimage lab cp hello dom0:/root/\n  mkimage lab cp dom0:/var/log/xen/console/hypervisor.log .",
		Args:    labArgs(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, out := strings.CutPrefix(args[0], dom0Prefix)
			to, in := strings.CutPrefix(args[1], dom0Prefix)
			if in == out {
				return &exitError{codeUsage, errors.New("exactly one of SRC and DST must begin with dom0:")}
			}
			conn, err := lab.Open(cmd.Context(), l.options)
			if err != nil {
				return err
			}
			defer conn.Close()
			if in {
				return conn.Put(cmd.Context(), from, to)
			}
			return conn.Get(cmd.Context(), from, to)
		},
	}
}

// labAgent is what runs in dom0.
func labAgent() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:    "agent",
		Short:  "Serve the lab's clients (runs in dom0)",
		Hidden: true,
		Args:   labArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if check {
				return lab.RunFPUCheck()
			}
			return lab.RunAgent()
		},
	}
	cmd.Flags().BoolVar(&check, "check-fpu", false, "check the floating-point registers instead")
	return cmd
}
