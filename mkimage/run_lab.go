// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A run that takes place in the lab: image and mkimage are copied into dom0,
// and mkimage run is called there. Runs on the host.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/domlet/domlet/lab"
	"github.com/domlet/domlet/mkimage/internal/domain"
)

// checkLab refuses a number of processors that a run cannot have.
func (g *guestFlags) checkLab() error {
	switch {
	case g.smp != 1 && domain.IsDom0():
		return fmt.Errorf("--smp %d: this is a dom0, which has the processors it has", g.smp)
	case g.smp > 1 && g.kind == "pvh":
		return errOneProcessor
	}
	return nil
}

// errOneProcessor says what QEMU cannot do: with several processors emulated at
// once, its nested virtualization loses a PVH domain now and then.
var errOneProcessor = errors.New("QEMU runs pvh domains reliably on one processor only: leave --smp out, or use --type pv")

// runInLab runs an image in the lab and returns the exit code of the mkimage
// in dom0, which has then said all there is to say.
func runInLab(stop stop, keys *keyboard, guest *guestFlags, image string, args []string) (int, error) {
	l, err := lab.Open(stop.asked, lab.Options{Kind: lab.Kind{SMP: guest.smp}})
	if err != nil {
		return 0, err
	}
	defer l.Close()
	closePorts, err := guest.openPorts(stop.asked, l.Dial)
	if err != nil {
		return 0, err
	}
	defer closePorts()
	tool, err := l.Mkimage(stop.asked)
	if err != nil {
		return 0, err
	}
	remote, err := l.Store(stop.asked, image)
	if err != nil {
		return 0, err
	}
	words := append([]string{tool, "run", nativeTSC}, guest.words()...)
	if guest.ramdisk != "" {
		files, err := l.Store(stop.asked, guest.ramdisk)
		if err != nil {
			return 0, err
		}
		words = append(words, "--ramdisk="+files)
	}
	recorded, there, err := guest.fetchPackets(stop.now, l)
	if err != nil {
		return 0, err
	}
	defer recorded()
	words = append(words, there...)
	stdin, restore, err := keys.open(stop)
	if err != nil {
		return 0, err
	}
	defer restore()
	ctx, cancel := context.WithCancelCause(stop.asked)
	defer cancel(nil)
	c := l.Command(ctx, append(append(words, remote, "--"), args...)...)
	out := guest.splitter(&output{os.Stdout, cancel})
	c.Stdin, c.Stdout, c.Stderr = stdin, out, os.Stderr
	c.Hurry = stop.now.Done()
	code, err := c.Run()
	err = errors.Join(err, out.Close())
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return code, err
}

// nativeTSC lets a domain in the lab read the time-stamp counter itself, as Xen
// does by default on real processors. QEMU's counter is the same on all its
// processors but does not say so, and Xen would emulate each reading.
const nativeTSC = "--tsc-mode=native"

// output is standard output. When nobody reads it any more, the run ends.
type output struct {
	file   *os.File
	cancel context.CancelCauseFunc
}

// Write writes to the file.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.file.Write(p)
	if err != nil {
		o.cancel(fmt.Errorf("%w: %w", domain.ErrOutput, err))
	}
	return n, err
}
