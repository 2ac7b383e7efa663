// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A run that takes place in the lab: image and mkimage are copied into dom0,
// and mkimage run is called there. Runs on the host.

package main

import (
	"context"
	"os"

	"github.com/domlet/domlet/lab"
)

// runInLab runs an image in the lab and returns the exit code of the mkimage
// in dom0, which has then said all there is to say.
func runInLab(ctx context.Context, guest *guestFlags, image string, args []string) (int, error) {
	l, err := lab.Open(ctx, lab.Options{})
	if err != nil {
		return 0, err
	}
	defer l.Close()
	tool, err := l.Mkimage(ctx)
	if err != nil {
		return 0, err
	}
	remote, err := l.Store(ctx, image)
	if err != nil {
		return 0, err
	}
	words := append([]string{tool, "run"}, guest.words()...)
	c := l.Command(ctx, append(append(words, remote, "--"), args...)...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c.Run()
}
