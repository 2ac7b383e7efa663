// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The two devices' requests (xen/gntdev.h, xen/gntalloc.h of Linux), and what
// stands behind a handle. Any goroutine.

//go:build !domlet

package grant

import (
	"fmt"
	"sync/atomic"
	"syscall"
)

// The devices.
const (
	gntdevPath   = "/dev/xen/gntdev"
	gntallocPath = "/dev/xen/gntalloc"
)

// request makes the number of a request without direction, as these all are;
// size is that of the argument's fixed part, in bytes.
const (
	gntdevMap      = 24<<16 | 'G'<<8 | 0
	gntdevUnmap    = 16<<16 | 'G'<<8 | 1
	gntdevNotify   = 16<<16 | 'G'<<8 | 7
	gntdevCopy     = 16<<16 | 'G'<<8 | 8
	gntallocAlloc  = 24<<16 | 'G'<<8 | 5
	gntallocFree   = 16<<16 | 'G'<<8 | 6
	gntallocNotify = 16<<16 | 'G'<<8 | 7
)

// gntallocWritable is GNTALLOC_FLAG_WRITABLE.
const gntallocWritable = 1

// Actions of an unmap notification.
const (
	clearByte = 1
	sendEvent = 2
)

// kind is what the two devices do differently.
type kind struct{ forget, notify uintptr }

var (
	allocKind = kind{gntallocFree, gntallocNotify}
	mapKind   = kind{gntdevUnmap, gntdevNotify}
)

// pagesOf is what stands behind a Shared or a Mapping: part of a device's
// address space.
type pagesOf struct {
	fd    int
	index uint64 // where it begins
	mem   []byte
	kind  kind
	count *atomic.Int64 // of all such pages
}

func (p *pagesOf) mmap(pages, prot int) (err error) {
	p.mem, err = syscall.Mmap(p.fd, int64(p.index), pages*PageSize, prot, syscall.MAP_SHARED)
	if err == nil {
		p.count.Add(int64(pages))
	}
	return err
}

// notify has Linux clear a byte and send an event when the pages are unmapped,
// by whatever end of the process.
func (p *pagesOf) notify(off, port uint32) error {
	if uint64(off) >= uint64(len(p.mem)) {
		return fmt.Errorf("grant: no byte %d to clear in %d bytes", off, len(p.mem))
	}
	at := p.index + uint64(off)
	if errno := ioctl(p.fd, p.kind.notify, []uint32{uint32(at), uint32(at >> 32), clearByte | sendEvent, port}); errno != 0 {
		return fmt.Errorf("grant: asking for a notification: %w", errno)
	}
	return nil
}

// release unmaps the pages: nobody uses them, so what comes to stand at their
// addresses does not matter. The drivers keep a page until the other domain has
// let go of it.
func (p *pagesOf) release() error {
	pages := len(p.mem) / PageSize
	if err := syscall.Munmap(p.mem); err != nil {
		return fmt.Errorf("grant: munmap: %w", err)
	}
	p.count.Add(-int64(pages))
	return p.forget(pages)
}

// forget has the device free the part of its address space.
func (p *pagesOf) forget(pages int) error {
	args := []uint32{uint32(p.index), uint32(p.index >> 32), uint32(pages), 0}
	if errno := ioctl(p.fd, p.kind.forget, args); errno != 0 {
		return fmt.Errorf("grant: giving pages back: %w", errno)
	}
	return nil
}
