// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file copies files into and out of dom0 or the Linux guest, from the developer's machine.

package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// putScript writes standard input to $1, or to $1/$2 when that is a directory,
// with mode $3: complete, or not at all.
const putScript = `set -e
to=$1
if [ -d "$to" ]; then to=${to%/}/$2; fi
umask 077
cat >"$to.tmp.$$" || { rm -f "$to.tmp.$$"; exit 1; }
chmod "$3" "$to.tmp.$$"
mv "$to.tmp.$$" "$to"`

// Put copies a file of this machine there, with its permissions. A remote
// directory takes it under its own name.
func (r *Remote) Put(ctx context.Context, local, remote string) error {
	f, err := os.Open(local)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", local)
	}
	return r.PutFrom(ctx, f, remote, filepath.Base(local), info.Mode())
}

// PutFrom copies what in yields to the file remote; when that is a
// directory, to the file base in it.
func (r *Remote) PutFrom(ctx context.Context, in io.Reader, remote, base string, mode os.FileMode) error {
	var errs strings.Builder
	c := r.Command(ctx, "sh", "-c", putScript, "put", remote, base, fmt.Sprintf("%o", mode.Perm()))
	c.Stdin, c.Stderr = in, &errs
	code, err := c.Run()
	if err == nil && code != 0 {
		err = fmt.Errorf("copy to %s:%s: %s", r.name, remote, strings.TrimSpace(errs.String()))
	}
	return err
}

// Get copies a file from there to this machine: complete, or not at all. A local
// directory takes it under its own name.
func (r *Remote) Get(ctx context.Context, remote, local string) error {
	if info, err := os.Stat(local); err == nil && info.IsDir() {
		local = filepath.Join(local, filepath.Base(remote))
	}
	mode, err := r.Output(ctx, "stat", "-L", "-c", "%a", "--", remote)
	if err != nil {
		return fmt.Errorf("copy from %s:%s: %w", r.name, remote, err)
	}
	var perm os.FileMode
	if _, err := fmt.Sscanf(mode, "%o", &perm); err != nil {
		return fmt.Errorf("copy from %s:%s: %w", r.name, remote, err)
	}
	return writeFile(local, perm.Perm(), func(w io.Writer) error {
		var errs strings.Builder
		c := r.Command(ctx, "cat", "--", remote)
		c.Stdout, c.Stderr = w, &errs
		code, err := c.Run()
		if err == nil && code != 0 {
			err = fmt.Errorf("copy from %s:%s: %s", r.name, remote, strings.TrimSpace(errs.String()))
		}
		return err
	})
}
