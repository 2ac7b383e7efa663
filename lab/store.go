// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file keeps files in dom0 by their content, for programs on the developer's
// machine.

package lab

import (
	"context"
	"os"
	"path"

	"github.com/domlet/domlet/internal/cachedir"
)

// storeDir holds the stored files in dom0, in memory.
const storeDir = "/run/domlet"

// bootProgram is the mkimage that dom0 was booted with.
const bootProgram = "/usr/sbin/mkimage"

// hasScript succeeds when the stored file $1 is there, and marks it as used.
const hasScript = `test -s "$1" && touch "$1"`

// tidyScript makes room in the directory $1: what nobody asked for in a quarter of
// an hour goes, and of the rest what was not asked for longest, until $2 MiB are
// left, but nothing of the last minute. A program that still runs does not mind.
const tidyScript = `mkdir -p "$1" && cd "$1" && find . -type f -mmin +15 -exec rm -f {} +
for f in $(ls -tr); do
	[ "$(du -sm . | cut -f1)" -le "$2" ] && break
	[ -z "$(find "$f" -mmin +1)" ] || rm -f "$f"
done`

// Store makes sure that dom0 holds a file with local's content and returns its
// path there. Equal content is copied once and never written again, so one that is
// in use is not disturbed; it stays for at least a minute, and for 15 unless room is
// needed.
func (l *Lab) Store(ctx context.Context, local string) (string, error) {
	hash, err := fileHash(local)
	if err != nil {
		return "", err
	}
	remote := path.Join(storeDir, hash)
	if code, err := l.Command(ctx, "sh", "-c", hasScript, "has", remote).Run(); err != nil || code == 0 {
		return remote, err
	}
	if _, err := l.Output(ctx, "sh", "-c", tidyScript, "tidy", storeDir, "160"); err != nil {
		return "", err
	}
	f, err := os.Open(local)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return remote, l.PutFrom(ctx, f, remote, "", 0o755)
}

// Mkimage returns the path in dom0 of the mkimage that serves this process: the
// running program itself where it can run there, else one built from the same
// sources.
func (l *Lab) Mkimage(ctx context.Context) (string, error) {
	cache, err := cachedir.Root()
	if err != nil {
		return "", err
	}
	local, err := program(ctx, cache)
	if err != nil {
		return "", err
	}
	if hash, err := fileHash(local); err == nil && hash == l.inst.Program {
		return bootProgram, nil
	}
	return l.Store(ctx, local)
}
