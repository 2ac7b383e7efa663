// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a domain is started with. Runs on the host and in dom0.

package main

import (
	"os"

	"github.com/domlet/domlet/mkimage/internal/domain"
	"github.com/domlet/domlet/rt/kernel/cmdline/encode"
)

// job makes the domain's job, without its image, from the flags and the
// program's arguments. It refuses what no domain can be started with.
func (g *guestFlags) job(args []string) (*domain.Job, error) {
	line, ramdisk, err := encode.Command(encode.Params{Env: g.env, Argv0: g.program, Argv: args})
	if err != nil {
		return nil, err
	}
	config := g.config()
	config.Name, config.CommandLine, config.TSCMode = g.name, line, g.tscMode
	job := &domain.Job{
		Config:  config,
		Ramdisk: ramdisk,
		Timeout: g.timeout,
		Stdout:  os.Stdout,
		Notes:   os.Stderr,
	}
	return job, job.Check()
}
