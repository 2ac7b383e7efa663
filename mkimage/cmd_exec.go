// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage exec: what go test and go run call with -exec. Runs on the host.

package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/domain"
)

// testMemory is the memory in MiB of a domain that runs tests: more than for
// run, since tests are greedy.
const testMemory = 256

func newExecCommand() *cobra.Command {
	var guest guestFlags
	var testdata bool
	cmd := &cobra.Command{
		Use:   "exec [flags] BINARY [ARG...]",
		Short: `Run a linked program as a domain: go test -exec "mkimage exec"`,
		Long: `Run BINARY, which the go command has linked as an image, as a domain, with the
arguments behind it. For the go command to link images, give it the settings that
mkimage env prints; mkimage test does both. Files that the flags of a test binary ask
for, such as a coverage profile, come out of the domain.`,
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
			launch, err := testArgs(args[1:])
			if err == nil && testdata {
				err = guest.inPackage()
			}
			if err != nil {
				return failed(err)
			}
			guest.files = append(guest.files, launch.folders...)
			guest.addItself(args[0])
			for _, file := range launch.out {
				guest.handOut(file, file)
			}
			return runTarget(cmd.Context(), &guest, args[0], launch.args)
		},
		Annotations: map[string]string{programFollows: "yes"},
	}
	guest.add(cmd, testMemory)
	guest.addExec(cmd)
	cmd.Flags().BoolVar(&testdata, "testdata", false, "begin in the working directory, with its files and the testdata folders above it")
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// addExec defines the flag that exec and test have beyond those of add.
func (g *guestFlags) addExec(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&g.itself, "itself", false, "put the program's own file into the domain, where os.Executable says that it is")
}

// addItself puts the program's file, if that is wanted, where /proc/self/exe leads
// to: under the name that the program is called by, in / if that is relative.
func (g *guestFlags) addItself(file string) {
	if !g.itself {
		return
	}
	if g.program == "" {
		g.program = programName(file)
	}
	g.files = append(g.files, file+":"+filepath.Join("/", g.program))
}

// inPackage gives the domain the files of the working directory, where the go
// command starts the tests of a package, and begins there.
func (g *guestFlags) inPackage() error {
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	files, err := packageFiles(folder)
	if g.directory == "" {
		g.directory = folder
	}
	g.files = append(g.files, files...)
	return err
}
