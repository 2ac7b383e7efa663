// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The memory of another domain, which Linux in dom0 maps for who may. In dom0, as
// root, on the main goroutine.

package main

import (
	"os"
	"syscall"
	"unsafe" // the kernel is told where arrays are
)

// mapBatch is IOCTL_PRIVCMD_MMAPBATCH_V2 of Linux's xen/privcmd.h.
const mapBatch = 0x205004

// batch is its struct privcmd_mmapbatch_v2.
type batch struct {
	pages  uint32
	domain uint16
	_      uint16
	at     unsafe.Pointer // where they are to be seen: no Go memory
	frames *uint64
	errors *int32 // one for each frame, 0 where it is mapped
}

// memory copies the first pages of a domain, with zeros where there is none, and says
// how many are there.
func memory(domain uint16, pages int) (contents []byte, there int, err error) {
	f, err := os.OpenFile("/dev/xen/privcmd", os.O_RDWR, 0)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	size := os.Getpagesize()
	window, err := syscall.Mmap(int(f.Fd()), 0, pages*size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, 0, err
	}
	defer syscall.Munmap(window)
	frames, errs := make([]uint64, pages), make([]int32, pages)
	for i := range frames {
		frames[i] = uint64(i)
	}
	// The kernel puts the pages there.
	b := batch{uint32(pages), domain, 0, unsafe.Pointer(&window[0]), &frames[0], &errs[0]}
	// The kernel reads and writes what b points to.
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), mapBatch, uintptr(unsafe.Pointer(&b))); errno != 0 {
		return nil, 0, os.NewSyscallError("mapping the domain's memory", errno)
	}
	contents = make([]byte, pages*size)
	for i, failed := range errs {
		if failed == 0 {
			there += copy(contents[i*size:][:size], window[i*size:]) / size
		}
	}
	return contents, there, nil
}
