// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage contents: whose code is in an image. Runs on the host and in dom0.

package main

import (
	"cmp"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/symbolize"
)

func newContentsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "contents [PACKAGE|IMAGE]",
		Short: "List the packages that an image has code of, and how much",
		Long: `List the packages that IMAGE, or the image that the program in PACKAGE (default: the
working directory) gives, has code of: bytes, functions, and the import path, the
largest first. Functions that were inlined everywhere count as their callers' code.`,
		Example: "  mkimage contents ./services/clipboard/domain",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			img, remove, err := imageNamed(cmd.Context(), args)
			if err != nil {
				return err
			}
			defer remove()
			table, err := symbolize.Load(img.File)
			if err != nil {
				return err
			}
			return printPackages(cmd.OutOrStdout(), table.Packages())
		},
	}
}

// printPackages prints a line for each package, and their sum.
func printPackages(w io.Writer, list []symbolize.Package) error {
	sum := symbolize.Package{Path: fmt.Sprintf("in %d packages", len(list))}
	for _, p := range list {
		sum.Bytes += p.Bytes
		sum.Functions += p.Functions
	}
	for _, p := range append(list, sum) {
		if _, err := fmt.Fprintf(w, "%8d %6d  %s\n", p.Bytes, p.Functions, cmp.Or(p.Path, "(made by compiler and linker)")); err != nil {
			return err
		}
	}
	return nil
}
