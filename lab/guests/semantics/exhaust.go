// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Cases that use up the memory of the domain. In a domain only: on Linux they
// would use up that of the machine.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/domlet/domlet/rt"
)

// errEndless is what an exhausting case returns when it met no limit.
var errEndless = errors.New("the domain's memory did not end")

// hoard keeps memory reachable.
var hoard patterned

// exhaustHeap keeps everything it allocates. It announces itself first, so that
// a console without its end text is told from a program that never started.
func exhaustHeap(string) error {
	fmt.Println("exhausting the heap")
	for range 4096 {
		hoard = hoard.fill(1, 1)
	}
	return errEndless
}

// exhaustStack recurses until its stack no longer fits.
func exhaustStack(string) error {
	fmt.Println("exhausting memory with one stack")
	debug.SetMaxStack(4 << 30)
	if err := descend(4 << 20); err != nil {
		return err
	}
	return errEndless
}

// kernelReserve is how many free pages the kernel gives to nobody (reserve in
// rt/kernel/memory.go).
const kernelReserve = 16

// exhaustTables leaves two pages free and touches memory that needs three page
// tables and a page: it is a table that cannot be had. To come there it touches
// a page in each of many two-megabyte ranges, and gives the page back, not the
// table.
func exhaustTables(string) error {
	fmt.Println("exhausting memory with page tables")
	const large, huge = 2 << 20, 512 << 30
	debug.SetGCPercent(-1)
	memory, err := syscall.Mmap(-1, 0, 4*huge, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return err
	}
	for at := 0; rt.ReadStats().Free > kernelReserve+2; at += large {
		memory[at] = 1
		if err := syscall.Madvise(memory[at:at+1], syscall.MADV_DONTNEED); err != nil {
			return err
		}
	}
	memory[3*huge] = 1
	return errEndless
}

// exhaustThreads binds goroutines to threads without end.
func exhaustThreads(string) error {
	fmt.Println("exhausting memory with threads")
	debug.SetMaxThreads(1 << 20)
	for range 1 << 18 {
		started := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(started)
			select {}
		}()
		<-started
	}
	return errEndless
}
