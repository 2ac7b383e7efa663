// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file tells about labs and ends them, from the developer's machine.

package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Versions are the Debian versions of what a lab runs.
type Versions struct {
	Xen, Linux, QEMU string
}

// String lists the versions on one line.
func (v Versions) String() string {
	return fmt.Sprintf("Xen %s, Linux %s, QEMU %s", v.Xen, v.Linux, v.QEMU)
}

// Versions returns the versions of what runs.
func (l *Lab) Versions() Versions { return l.inst.Versions }

// versions are those of the tree in use.
func (s *starter) versions() Versions {
	m := &s.pkgs.manifest
	return Versions{Xen: m.version("xen-hypervisor-4"), Linux: m.version("linux-image-6"), QEMU: m.version("qemu-system-x86")}
}

// Status describes one lab that is up.
type Status struct {
	// Name is the kind's: smp1, smp2, repeatable.
	Name string
	// PID is QEMU's process.
	PID int
	// Since is when it was started.
	Since time.Time
	// Versions are of what it runs.
	Versions Versions
	// FPURounds is how many checks of the floating-point registers it passed.
	FPURounds int
	// Dir holds its console.log, and gdb, the socket of QEMU's stub for gdb.
	Dir string
}

// List returns the labs that are up.
func List() ([]Status, error) {
	state, err := StateDir()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(state)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	var list []Status
	for _, e := range entries {
		dir := filepath.Join(state, e.Name())
		if i, err := readInstance(dir); err == nil && isAlive(dir) {
			list = append(list, Status{e.Name(), i.PID, i.Started, i.Versions, i.FPURounds, dir})
		}
	}
	return list, nil
}

// Down ends all labs that are up and says how many there were.
func Down(ctx context.Context) (int, error) {
	list, err := List()
	if err != nil {
		return 0, err
	}
	for _, s := range list {
		err := withLock(ctx, filepath.Join(s.Dir, "lock"), func() error { return kill(s.Dir) })
		if err != nil {
			return 0, fmt.Errorf("lab: %w", err)
		}
	}
	return len(list), nil
}
