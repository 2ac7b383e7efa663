// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage env: the environment in which a plain go command builds images.

package main

import (
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/image"
	"github.com/domlet/domlet/mkimage/internal/inject"
)

func newEnvCommand() *cobra.Command {
	var test bool
	cmd := &cobra.Command{
		Use:   "env [--test] [PACKAGE...]",
		Short: "Print the environment in which a plain go build makes the same image",
		Long: "Print shell commands that set the environment in which `go build PACKAGE` makes, byte for byte, the\n" +
			"image that `mkimage build PACKAGE` makes (with --test: `go test -c PACKAGE`). Use it in a subshell,\n" +
			"since every go command in that environment builds domains:\n\n" +
			"\t(eval \"$(mkimage env ./prog)\" && go build -o prog.domain ./prog)",
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := image.Prepare(cmd.Context(), image.Options{Packages: args, Test: test})
			if err != nil {
				return err
			}
			return printEnv(cmd.OutOrStdout(), b)
		},
	}
	cmd.Flags().BoolVar(&test, "test", false, "for test binaries, also those of the standard library")
	return cmd
}

// printEnv writes shell commands. A toolchain that is not the first go in PATH
// is put there.
func printEnv(w io.Writer, b *inject.Build) error {
	for _, setting := range b.Env {
		name, value, _ := strings.Cut(setting, "=")
		if _, err := fmt.Fprintf(w, "export %s=%s\n", name, shellQuote(value)); err != nil {
			return err
		}
	}
	found, _ := exec.LookPath("go")
	if found, err := filepath.EvalSymlinks(found); err == nil && found == b.Go.Command() {
		return nil
	}
	_, err := fmt.Fprintf(w, "export PATH=%s:\"$PATH\"\n", shellQuote(filepath.Dir(b.Go.Command())))
	return err
}

// shellQuote quotes a word for the shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
