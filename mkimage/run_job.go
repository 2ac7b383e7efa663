// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a domain is started with. Runs on the host and in dom0.

package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/domlet/domlet/mkimage/internal/domain"
	"github.com/domlet/domlet/mkimage/internal/image"
	"github.com/domlet/domlet/mkimage/internal/xlcfg"
	"github.com/domlet/domlet/rt/kernel/cmdline/encode"
)

// job makes the domain's job, without its image, from the flags and the
// program's arguments. It refuses what no domain can be started with.
func (g *guestFlags) job(args []string) (*domain.Job, error) {
	keys, err := g.keys()
	if err != nil {
		return nil, err
	}
	env := g.env
	if g.net != "" {
		env = append(slices.Clone(env), netVariable+"="+g.net)
	}
	line, block, err := encode.Command(encode.Params{Keys: keys, Env: env, Argv0: g.program, Argv: args})
	if err != nil {
		return nil, err
	}
	ramdisk, err := g.behind(block)
	if err != nil {
		return nil, err
	}
	config := g.config()
	if g.net != "" {
		config.Vif = "bridge=" + bridge
	}
	if config.Limits, err = g.xlLimits(); err != nil {
		return nil, err
	}
	config.Name, config.CommandLine, config.TSCMode = g.name, line, g.tscMode
	job := &domain.Job{
		Config:  config,
		Ramdisk: ramdisk,
		Timeout: g.timeout,
		Raw:     g.window != "",
		Stdout:  os.Stdout,
		Notes:   os.Stderr,
	}
	return job, job.Check()
}

const (
	// netVariable is where net/stack looks for the settings of the interface.
	netVariable = "DOMLET_NET"
	// bridge is what xl puts an interface on by default.
	bridge = "xenbr0"
)

// keys are the parameters for the kernel.
func (g *guestFlags) keys() ([]encode.Key, error) {
	keys := g.filesFlags.keys()
	if g.memInfo {
		keys = append(keys, encode.Key{Name: "meminfo", Value: "main"})
	}
	if g.window != "" {
		keys = append(keys, encode.Key{Name: "window", Value: g.window})
	} else {
		keys = append(keys, encode.Key{Name: "console", Value: "pipe"})
	}
	for _, p := range g.params {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			return nil, fmt.Errorf("kernel parameter %q: write it as name=value", p)
		}
		keys = append(keys, encode.Key{Name: name, Value: value})
	}
	return keys, nil
}

// xlLimits splits the limits.
func (g *guestFlags) xlLimits() ([]xlcfg.Limit, error) {
	var limits []xlcfg.Limit
	for _, l := range g.limits {
		name, value, _ := strings.Cut(l, "=")
		n, err := strconv.Atoi(value)
		if err != nil {
			return nil, fmt.Errorf("limit %q: write it as NAME=NUMBER", l)
		}
		limits = append(limits, xlcfg.Limit{Name: name, Value: n})
	}
	return limits, nil
}

// declare adds what a program declares to the job, but for what a flag sets.
func (g *guestFlags) declare(job *domain.Job, img image.Image) (err error) {
	g.memory = cmp.Or(g.memoryAsked(), img.Memory, g.memory)
	job.Config.Memory = g.memory
	if err := g.fits(g.memory); err != nil {
		return err
	}
	set := job.Config.Limits
	for _, d := range img.Limits {
		if !slices.ContainsFunc(set, func(l xlcfg.Limit) bool { return l.Name == d.Name }) {
			g.limits = append(g.limits, d.Name+"="+strconv.Itoa(d.Value))
		}
	}
	job.Config.Limits, err = g.xlLimits()
	return err
}
