// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage build: a package into an image and its configuration for xl.

package main

import (
	"context"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/mkimage/internal/image"
	"github.com/domlet/domlet/rt/kernel/cmdline/encode"
)

// defaultMemory is the memory of a domain in MiB where nothing else is said.
const defaultMemory = 64

func newBuildCommand() *cobra.Command {
	var out string
	var shape shapeFlags
	var files filesFlags
	cmd := &cobra.Command{
		Use:   "build [-o FILE] [--type pv|pvh] [--memory MiB] [--vcpus N] [--files DIR] [PACKAGE]",
		Short: "Build a program as a domain: FILE and FILE.cfg for xl",
		Long: "Build the program in PACKAGE (default: the working directory) as a bootable ELF image in FILE\n" +
			"(default: the base name of the package) and write FILE.cfg, which `xl create` starts it with.\n" +
			"With --files, --certs or --tz there is FILE.ramdisk too, with what the program finds in its tree of files.\n" +
			"The program's source and go.mod are not changed; GOFLAGS is honoured.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := shape.check(); err != nil {
				return err
			}
			remove, err := files.pack()
			if err != nil {
				return err
			}
			defer remove()
			img, err := image.Build(cmd.Context(), image.Options{
				Packages: args, Out: out, Memory: shape.memoryAsked(), Usual: shape.memory,
				Accept: func(img image.Image) error { return files.fits(img.Memory) },
			})
			if err != nil {
				return err
			}
			if err := files.place(img.File); err != nil {
				return err
			}
			text, err := configText(img, &shape, &files)
			if err != nil {
				return err
			}
			return cachedir.WriteFile(img.File+".cfg", text, 0o644)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "`file` for the image")
	shape.add(cmd, defaultMemory)
	files.add(cmd)
	return cmd
}

// buildImage builds the program in pkg into the file out.
func buildImage(ctx context.Context, pkg, out string) (image.Image, error) {
	return image.Build(ctx, image.Options{Packages: []string{pkg}, Out: out})
}

// notInName matches what xl does not take in a domain's name.
var notInName = regexp.MustCompile(`[^A-Za-z0-9_.+-]`)

// configText is the configuration of an image.
func configText(img image.Image, shape *shapeFlags, files *filesFlags) ([]byte, error) {
	c := shape.config()
	c.Name, c.Kernel = notInName.ReplaceAllString(filepath.Base(img.File), "-"), img.File
	c.Memory, c.Limits = img.Memory, img.Limits
	if !files.options().Empty() {
		c.Ramdisk = ramdiskOf(img.File)
	}
	line, err := encode.Line(encode.Params{Keys: files.keys()})
	if err != nil {
		return nil, err
	}
	c.CommandLine = line
	return c.Text()
}
