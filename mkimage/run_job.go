// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a domain is started with. Runs on the host and in dom0.

package main

import (
	"os"

	"github.com/domlet/domlet/mkimage/internal/domain"
	"github.com/domlet/domlet/mkimage/internal/xlcfg"
	"github.com/domlet/domlet/rt/kernel/cmdline/encode"
)

// job makes the domain's job, without its image, from the flags and the
// program's arguments. It refuses what no domain can be started with.
func (g *guestFlags) job(args []string) (*domain.Job, error) {
	line, ramdisk, err := encode.Command(encode.Params{Env: g.env, Argv0: g.program, Argv: args})
	if err != nil {
		return nil, err
	}
	job := &domain.Job{
		Config: xlcfg.Config{
			Name: g.name, Type: g.kind, CommandLine: line, Memory: g.memory, VCPUs: g.vcpus, TSCMode: g.tscMode,
		},
		Ramdisk: ramdisk,
		Timeout: g.timeout,
		Stdout:  os.Stdout,
		Notes:   os.Stderr,
	}
	return job, job.Check()
}
