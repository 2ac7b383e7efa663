// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command mkimage builds Go programs as Xen domains and runs them. It runs on
// the host, which may be a dom0, as a static program.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/image"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "toolexec" {
		toolexec(os.Args[2:])
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	root := newRootCommand()
	root.SetArgs(normalizeArgs(root, os.Args[1:]))
	err := root.ExecuteContext(ctx)
	stop()
	if err != nil && err.Error() != "" {
		fmt.Fprintln(os.Stderr, "mkimage:", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	os.Exit(exitCode(err))
}

// toolexec is what the go command calls for every tool, so it is served
// before anything else is set up.
func toolexec(args []string) {
	err := image.Toolexec(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mkimage:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "mkimage",
		Short:         "Build ordinary Go programs as Xen domains and run them",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(newBuildCommand(), newCfgCommand(), newEnvCommand(), newRunCommand(), newExecCommand(), newTestCommand(), newBenchCommand(),
		newContentsCommand(), newSymbolizeCommand(), newPolicyCommand(), newLabCommand())
	return root
}
