// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The grants of a Linux process: /dev/xen/gntalloc shares, /dev/xen/gntdev maps.
// Any goroutine.

//go:build !domlet

package grant

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/domlet/domlet/xen/abi"
)

// Local returns the grants of this process, which end with it. A device is
// opened when it is first needed: one may do without the other.
func Local() (Table, error) {
	if _, err := os.Stat(gntdevPath); err != nil {
		return nil, fmt.Errorf("grant: %w: run in a Xen domain, with the module xen-gntdev loaded, as root", err)
	}
	return process(), nil
}

var process = sync.OnceValue(func() *devices {
	return &devices{
		gntdev:   sync.OnceValues(func() (int, error) { return openDevice(gntdevPath) }),
		gntalloc: sync.OnceValues(func() (int, error) { return openDevice(gntallocPath) }),
	}
})

// devices implements Table. Linux keeps the grant table to itself.
type devices struct {
	gntdev, gntalloc func() (fd int, err error)
	shared, mapped   atomic.Int64
}

func openDevice(path string) (int, error) {
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("grant: %w", &os.PathError{Op: "open", Path: path, Err: err})
	}
	return fd, nil
}

func (d *devices) Share(peer abi.Domid_t, pages int, readOnly bool) (*Shared, error) {
	if pages < 1 {
		return nil, errNoPages
	}
	fd, err := d.gntalloc()
	if err != nil {
		return nil, err
	}
	flags := uint32(gntallocWritable)
	if readOnly {
		flags = 0
	}
	args := make([]uint32, 4+pages)
	args[0], args[1] = uint32(peer)|flags<<16, uint32(pages)
	if errno := ioctl(fd, gntallocAlloc, args); errno != 0 {
		return nil, shareError(pages, errno)
	}
	p := pagesOf{fd, uint64(args[2]) | uint64(args[3])<<32, nil, allocKind, &d.shared}
	if err := p.mmap(pages, syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		return nil, errors.Join(fmt.Errorf("grant: mmap of shared pages: %w", err), p.forget(pages))
	}
	refs := make([]Ref, pages)
	for i := range refs {
		refs[i] = Ref(args[4+i])
	}
	return &Shared{NewMemory(p.mem), refs, &p}, nil
}

// shareError says what to do where the driver has no more pages.
func shareError(pages int, errno syscall.Errno) error {
	if errno == syscall.ENOSPC {
		return fmt.Errorf("grant: %w: %d more pages; raise the limit of the module xen-gntalloc or max_grant_frames", ErrTableFull, pages)
	}
	return fmt.Errorf("grant: sharing %d pages: %w", pages, errno)
}

func (d *devices) Map(peer abi.Domid_t, refs []Ref, readOnly bool) (*Mapping, error) {
	if len(refs) == 0 {
		return nil, errNoRefs
	}
	fd, err := d.gntdev()
	if err != nil {
		return nil, err
	}
	for {
		m, err := d.mapOnce(fd, peer, refs, readOnly)
		if !errors.Is(err, syscall.EINTR) {
			return m, err
		}
	}
}

// mapOnce maps, unless a signal comes: for the first mapping of a process Linux takes
// all locks of its memory, and gives up for any signal, also for those that Go's runtime
// sends to itself.
func (d *devices) mapOnce(fd int, peer abi.Domid_t, refs []Ref, readOnly bool) (*Mapping, error) {
	args := make([]uint32, 4, 4+2*len(refs))
	args[0] = uint32(len(refs))
	for _, r := range refs {
		args = append(args, uint32(peer), uint32(r))
	}
	if errno := ioctl(fd, gntdevMap, args); errno != 0 {
		return nil, fmt.Errorf("grant: mapping %d pages of domain %d: %w", len(refs), peer, errno)
	}
	p := pagesOf{fd, uint64(args[2]) | uint64(args[3])<<32, nil, mapKind, &d.mapped}
	prot := syscall.PROT_READ | syscall.PROT_WRITE
	if readOnly {
		prot = syscall.PROT_READ
	}
	if err := p.mmap(len(refs), prot); err != nil {
		return nil, errors.Join(fmt.Errorf("grant: references %d of domain %d cannot be mapped so: %w", refs, peer, err), p.forget(len(refs)))
	}
	return newMapping(p.mem, readOnly, &p), nil
}

func (d *devices) Copy(ops []CopyOp) error {
	if err := checkAll(ops); err != nil {
		return err
	}
	fd, err := d.gntdev()
	if err != nil {
		return failAll(ops, err)
	}
	var pins runtime.Pinner
	defer pins.Unpin()
	segments := make([]segment, len(ops))
	for i := range ops {
		segments[i] = newSegment(&ops[i], &pins)
	}
	if errno := ioctlCopy(fd, segments); errno != 0 {
		return failAll(ops, fmt.Errorf("grant: copy: %w", errno))
	}
	for i := range ops {
		if s := segments[i].status; s != abi.GNTST_okay {
			ops[i].Err = &StatusError{"copy", ops[i].Peer, ops[i].Ref, s}
		}
	}
	return firstError(ops)
}

// Stats counts what this process has; the rest Linux does not tell.
func (d *devices) Stats() Stats {
	return Stats{Shared: int(d.shared.Load()), Mapped: int(d.mapped.Load())}
}
