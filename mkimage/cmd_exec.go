// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage exec: what go test and go run call with -exec. Runs on the host.

package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/domain"
)

// testMemory is the memory in MiB of a domain that runs tests: more than for
// run, since tests are greedy.
const testMemory = 128

func newExecCommand() *cobra.Command {
	var guest guestFlags
	cmd := &cobra.Command{
		Use:   "exec [flags] BINARY [ARG...]",
		Short: `Run a linked program as a domain: go test -exec "mkimage exec"`,
		Long: `Run BINARY, which the go command has linked as an image, as a domain, with the
arguments behind it. For the go command to link images, give it the settings that
mkimage env prints. Flags of a test binary that need files in the domain are refused,
but for those that go test passes by itself.`,
		Example: `  eval "$(mkimage env -test sort)" && go test -exec "mkimage exec --memory 64" sort`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return failed(errors.New("exec what? give a program that was linked as an image"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := domain.CheckImage(args[0]); err != nil {
				return failed(err)
			}
			kept, err := testArgs(args[1:])
			if err != nil {
				return failed(err)
			}
			return runTarget(cmd.Context(), &guest, args[0], kept)
		},
		Annotations: map[string]string{programFollows: "yes"},
	}
	guest.add(cmd, testMemory)
	cmd.Flags().SetInterspersed(false)
	return cmd
}
