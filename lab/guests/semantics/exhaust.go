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
