// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A run that takes place in the lab: image and mkimage are copied into dom0,
// and mkimage run is called there. Runs on the host.

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
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
	remote, err := putImage(ctx, l, image)
	if err != nil {
		return 0, err
	}
	words := append([]string{tool, "run"}, guest.words()...)
	c := l.Command(ctx, append(append(words, remote, "--"), args...)...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	return c.Run()
}

// imageScript finds the image with hash $1 in dom0 and makes it the newest; it
// ends with code 1 if there is none, and room is made for it. A domain needs
// its image only while xl create runs, so old ones can go.
const imageScript = `cd /run && mkdir -p images && cd images || exit 2
ls -t | tail -n +24 | xargs -r rm -f
test -f "$1" && touch "$1"`

// putImage copies an image into dom0, unless it is there, and returns its path.
func putImage(ctx context.Context, l *lab.Lab, image string) (string, error) {
	f, err := os.Open(image)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	name := hex.EncodeToString(sum.Sum(nil)[:16])
	remote := "/run/images/" + name
	code, err := l.Command(ctx, "sh", "-c", imageScript, "find", name).Run()
	switch {
	case err != nil || code == 0:
		return remote, err
	case code != 1:
		return "", fmt.Errorf("dom0 has no place for images: exit code %d", code)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	return remote, l.PutFrom(ctx, f, remote, name, 0o600)
}
