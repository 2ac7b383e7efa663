// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file opens a lab: it joins one that is up, or starts it. It runs on the
// developer's machine.

package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/domlet/domlet/internal/cachedir"
	"github.com/domlet/domlet/lab/internal/debian"
	"golang.org/x/crypto/ssh"
)

// Kind says which machine a lab is. Labs of different kinds run side by side.
type Kind struct {
	// SMP is the number of processors; 0 means 1.
	SMP int
	// Repeatable makes time count instructions: two runs differ by less than
	// measurements on a busy machine do. While such a lab is idle its time flies,
	// so it ends when its last client leaves.
	Repeatable bool
}

// maxSMP bounds Kind.SMP: an emulated processor that shares a real one only makes
// everything slower.
const maxSMP = 16

// name is the directory of the kind's instance.
func (k Kind) name() string {
	if k.Repeatable {
		return "repeatable"
	}
	return fmt.Sprintf("smp%d", k.SMP)
}

// Options say what lab to open. The zero value is the usual one.
type Options struct {
	Kind
	// Progress takes lines about slow steps; nil means standard error.
	Progress io.Writer

	apt debian.Apt // for tests
}

// Lab is a connection to a running lab; the Remote in it is dom0. It may be used
// by several goroutines.
type Lab struct {
	*Remote

	dir     string
	started bool
	inst    *instance
}

// Open joins the lab of the wanted kind, or starts it when it is not up: then it
// first fetches what is missing in the cache. It takes seconds; the context ends
// it early.
func Open(ctx context.Context, o Options) (*Lab, error) {
	if o.SMP == 0 {
		o.SMP = 1
	}
	if o.SMP < 0 || o.SMP > maxSMP {
		return nil, fmt.Errorf("lab: a lab has 1 to %d processors, not %d", maxSMP, o.SMP)
	}
	if o.Progress == nil {
		o.Progress = os.Stderr
	}
	state, err := StateDir()
	if err != nil {
		return nil, err
	}
	l, err := openAt(ctx, filepath.Join(state, o.name()), &o)
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	return l, nil
}

// openAt opens the lab whose state is in dir.
func openAt(ctx context.Context, dir string, o *Options) (*Lab, error) {
	cache, err := cachedir.Root()
	if err != nil {
		return nil, err
	}
	if l, err := join(ctx, dir); err == nil {
		return l, nil
	}
	var l *Lab
	err = withLock(ctx, filepath.Join(dir, "lock"), func() error {
		if l, err = join(ctx, dir); err == nil {
			return nil // another process has started it meanwhile
		}
		s := &starter{cache: cache, dir: dir, options: o, ui: &ui{o.Progress}}
		l, err = s.start(ctx)
		return err
	})
	return l, err
}

// errNotUp says that no lab is ready in a directory.
var errNotUp = errors.New("the lab is not up")

// join connects to the lab in dir.
func join(ctx context.Context, dir string) (*Lab, error) {
	i, err := readInstance(dir)
	if err != nil || !i.Ready || !isAlive(dir) {
		return nil, errNotUp
	}
	client, err := dial(ctx, dir, i.Port)
	if err != nil {
		return nil, err
	}
	return &Lab{Remote: dom0Remote(client, dir), dir: dir, inst: i}, nil
}

// dom0Remote describes dom0 to its commands.
func dom0Remote(client *ssh.Client, dir string) *Remote {
	last := func() string { return tail(filepath.Join(dir, consoleLog), 3) }
	return &Remote{client: client, name: "dom0", last: last}
}

// Started says whether Open had to start this lab.
func (l *Lab) Started() bool { return l.started }
