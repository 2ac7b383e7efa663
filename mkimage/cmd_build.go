// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage build: a package into an image and its configuration for xl.

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/mkimage/internal/image"
	"github.com/domlet/domlet/mkimage/internal/xlcfg"
)

// defaultMemory is the memory of a domain in MiB where nothing else is said.
const defaultMemory = 64

func newBuildCommand() *cobra.Command {
	var out string
	var memory, vcpus int
	cmd := &cobra.Command{
		Use:   "build [-o FILE] [--memory MiB] [--vcpus N] [PACKAGE]",
		Short: "Build a program as a domain: FILE and FILE.cfg for xl",
		Long: "Build the program in PACKAGE (default: the working directory) as a bootable ELF image in FILE\n" +
			"(default: the base name of the package) and write FILE.cfg, which `xl create` starts it with.\n" +
			"The program's source and go.mod are not changed; GOFLAGS is honoured.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if memory < 1 || vcpus < 1 {
				return fmt.Errorf("--memory %d --vcpus %d: a domain needs at least one of each", memory, vcpus)
			}
			path, err := image.Build(cmd.Context(), image.Options{Packages: args, Out: out, Memory: memory})
			if err != nil {
				return err
			}
			return writeConfig(path, memory, vcpus)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "`file` for the image")
	cmd.Flags().IntVar(&memory, "memory", defaultMemory, "memory of the domain in `MiB`")
	cmd.Flags().IntVar(&vcpus, "vcpus", 1, "`number` of virtual CPUs")
	return cmd
}

// buildImage builds the program in pkg into the file out and returns its
// absolute path.
func buildImage(ctx context.Context, pkg, out string) (string, error) {
	return image.Build(ctx, image.Options{Packages: []string{pkg}, Out: out})
}

// notInName matches what xl does not take in a domain's name.
var notInName = regexp.MustCompile(`[^A-Za-z0-9_.+-]`)

// writeConfig writes the configuration of an image beside it.
func writeConfig(path string, memory, vcpus int) error {
	name := notInName.ReplaceAllString(filepath.Base(path), "-")
	c := xlcfg.Config{Name: name, Type: "pv", Kernel: path, Memory: memory, VCPUs: vcpus, OnEnd: "destroy"}
	text, err := c.Text()
	if err != nil {
		return err
	}
	return cachedir.WriteFile(path+".cfg", text, 0o644)
}
