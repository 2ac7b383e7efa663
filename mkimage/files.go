// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The files that a domain finds in its tree, as flags. Runs on the host; in
// dom0 only the finished archive arrives.

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/mkimage/internal/ramdisk"
	"github.com/domlet/domlet/rt/kernel/cmdline/encode"
)

// filesFlags say what is in a domain's ramdisk.
type filesFlags struct {
	files        []string
	certificates string
	zone         string
	directory    string
	ramdisk      string // the archive, once it is made
}

func (f *filesFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.files, "files", nil, "put the files of `DIR[:PATH]` into the domain, at / or at PATH; may be repeated")
	flags.StringVar(&f.directory, "cd", "", "`directory` of the domain that the program begins in (default /)")
	flags.StringVar(&f.certificates, "certs", "", "put CA certificates into the domain: those of `FILE`, in PEM form, or host for this machine's")
	flags.StringVar(&f.zone, "tz", "", "put time zones into the domain; `ZONE` is the local one: host for this machine's, or a name")
}

// options are the flags as package ramdisk takes them.
func (f *filesFlags) options() *ramdisk.Options {
	return &ramdisk.Options{Files: f.files, Certificates: f.certificates, Zone: f.zone}
}

// keys are the kernel's parameters that belong to the files.
func (f *filesFlags) keys() []encode.Key {
	if f.directory == "" {
		return nil
	}
	return []encode.Key{{Name: "files.cd", Value: f.directory}}
}

// ramdiskOf is the name of the archive that belongs to an image.
func ramdiskOf(image string) string { return image + ".ramdisk" }

// pack makes the archive, if there is anything to put in it; remove takes it
// away again.
func (f *filesFlags) pack() (remove func(), err error) {
	if f.options().Empty() {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "mkimage-files-")
	if err != nil {
		return nil, err
	}
	f.ramdisk = filepath.Join(dir, "ramdisk")
	if err := f.options().WriteFile(f.ramdisk); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return func() { os.RemoveAll(dir) }, nil
}

// fits refuses an archive that leaves a domain of so many MiB no memory: xl's
// own words do not say so.
func (f *filesFlags) fits(memory int) error {
	if f.ramdisk == "" {
		return nil
	}
	info, err := os.Stat(f.ramdisk)
	if err != nil {
		return err
	}
	if size := int(info.Size() >> 20); size >= memory {
		return fmt.Errorf("the files take %d MiB, and the domain has %d MiB of memory in all: give it more with -memory", size, memory)
	}
	return nil
}

// place puts the archive, if there is one, beside an image.
func (f *filesFlags) place(image string) error {
	if f.ramdisk == "" {
		return nil
	}
	archive, err := os.ReadFile(f.ramdisk)
	if err != nil {
		return err
	}
	return os.WriteFile(ramdiskOf(image), archive, 0o644)
}

// behind is a domain's whole ramdisk: block, which is a long command line or
// nothing, and the archive.
func (f *filesFlags) behind(block []byte) ([]byte, error) {
	if f.ramdisk == "" {
		return block, nil
	}
	archive, err := os.ReadFile(f.ramdisk)
	return append(block, archive...), err
}
