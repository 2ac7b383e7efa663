// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage policy: what is wrong with a policy, and what it says of a request. Runs
// wherever mkimage does.

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/services/policy"
)

// The exit codes of mkimage policy explain, beside 1 for what went wrong and 2 for
// a command line that cannot be understood.
const (
	codeDeny = 3
	codeAsk  = 4
)

func newPolicyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check a policy for calls between domains, and explain its decisions",
		Long: "The language of policies is that of Qubes OS's qrexec, in its 5.0 format; the documentation of\n" +
			"package services/policy has it. PATH is a file, or a directory whose files *.policy are read in\n" +
			"the order of their names; a file in an earlier directory replaces one of its name in a later one.",
		Args: labArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{codeUsage, err} })
	cmd.AddCommand(policyCheck(), newExplanation().command())
	return cmd
}

func policyCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check PATH...",
		Short: "Find what is wrong with a policy; exit code 1 if there is something",
		Long: "Read the files and directories as one policy. Each error is a line that names the file and the\n" +
			"line in it and says what to write. A policy with an error denies everything.",
		Example: "  mkimage policy check /etc/qubes/policy.d",
		Args:    labArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := loadPolicy(args, cmd.ErrOrStderr())
			if err == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "%d rules, no errors\n", len(p.Rules()))
			}
			return err
		},
	}
}

// loadPolicy reads a policy and prints its errors.
func loadPolicy(paths []string, stderr io.Writer) (*policy.Policy, error) {
	files := policy.Files{FS: os.DirFS("/"), Root: "/"}
	for _, p := range paths {
		full, err := filepath.Abs(p)
		if err != nil {
			return nil, err
		}
		rooted := strings.TrimPrefix(full, "/")
		if rooted == "" {
			rooted = "."
		}
		files.Paths = append(files.Paths, rooted)
	}
	p, err := policy.Load(files)
	var errs policy.Errors
	if errors.As(err, &errs) {
		for _, e := range errs {
			fmt.Fprintln(stderr, e)
		}
		return nil, &exitError{code: 1}
	}
	return p, err
}
