// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The kind and the size of a domain, as flags. Runs on the host and in dom0.

package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/domlet/domlet/mkimage/internal/xlcfg"
)

// shapeFlags are the settings that a domain keeps wherever it runs: those that
// build writes into a configuration, and that run and exec start it with.
type shapeFlags struct {
	kind   string
	memory int
	vcpus  int
	flags  *pflag.FlagSet
}

// add defines the flags, with a default for the memory.
func (s *shapeFlags) add(cmd *cobra.Command, memory int) {
	flags := cmd.Flags()
	s.flags = flags
	flags.StringVar(&s.kind, "type", "pv", "`kind` of domain: pv or pvh")
	flags.IntVar(&s.memory, "memory", memory, "memory of the domain in `MiB`")
	flags.IntVar(&s.vcpus, "vcpus", 1, "`number` of virtual CPUs")
}

// config begins the configuration of a domain of this shape. xl does not start
// it again, however it ends: to Xen, a triple fault is a reboot.
func (s *shapeFlags) config() xlcfg.Config {
	return xlcfg.Config{Type: s.kind, Memory: s.memory, VCPUs: s.vcpus, OnEnd: "destroy"}
}

// memoryAsked is the memory that a flag asks for, 0 if none does: what the program
// declares counts then.
func (s *shapeFlags) memoryAsked() int {
	if s.flags.Changed("memory") {
		return s.memory
	}
	return 0
}

// check returns nil if a domain may have this shape.
func (s *shapeFlags) check() error {
	c := s.config()
	c.Name, c.Kernel = "any", "/any"
	_, err := c.Text()
	return err
}
