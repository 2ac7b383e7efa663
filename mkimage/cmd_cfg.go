// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage cfg: the configuration that a program's domain is started with.

package main

import (
	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/image"
)

func newCfgCommand() *cobra.Command {
	var out string
	var shape shapeFlags
	var files filesFlags
	cmd := &cobra.Command{
		Use:   "cfg [-o FILE] [--type pv|pvh] [--memory MiB] [--vcpus N] [PACKAGE]",
		Short: "Print a program's configuration for xl, without building it",
		Long: "Print the configuration that `mkimage build` writes with the same flags. What a domain may ask of\n" +
			"Xen is bounded: xl's default is 1023 event channels. A program, or a package it imports, that\n" +
			"needs more declares so in a comment of its own, of one line, in any of its Go files:\n\n" +
			"\t//domlet:cfg max_event_channels=4096 max_grant_frames=64 max_maptrack_frames=1024\n\n" +
			"The largest number declared counts. Package main may declare its memory, memory=16, which counts\n" +
			"where --memory is not given. A program that has package net but needs no network says so with\n" +
			"the comment //domlet:offline in its package main, and is linked with none.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			img, err := image.Describe(cmd.Context(), image.Options{Packages: args, Out: out, Memory: shape.memoryAsked(), Usual: shape.memory})
			if err != nil {
				return err
			}
			text, err := configText(img, &shape, &files)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "`file` that the image is in")
	shape.add(cmd, defaultMemory)
	files.add(cmd)
	return cmd
}
