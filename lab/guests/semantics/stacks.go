// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Stacks that grow, move and shrink. In a domain and on Linux.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// descend recurses with frames of about 1 KiB and checks each on the way back.
func descend(depth int) error {
	var frame [120]uint64
	for i := range frame {
		frame[i] = uint64(depth)<<32 + uint64(i)
	}
	var err error
	if depth > 0 {
		err = descend(depth - 1)
	}
	for i := range frame { // not over a copy: that would double the frame
		if frame[i] != uint64(depth)<<32+uint64(i) {
			return errors.Join(err, fmt.Errorf("frame %d: word %d is %#x", depth, i, frame[i]))
		}
	}
	return err
}

// stackGrowth takes one stack to ARG MiB. The runtime copies a stack when it
// doubles it, so the domain needs three times as much.
func stackGrowth(arg string) error {
	mib, err := number(arg, 8)
	if err != nil {
		return err
	}
	done := make(chan error)
	go func() { done <- descend(mib * 1024) }()
	return <-done
}

// stackMany grows a thousand stacks, lets the collector shrink them, and grows
// them again.
func stackMany(string) error {
	const n = 1000
	errs := make([]error, n)
	gate := make(chan struct{})
	var grown, done sync.WaitGroup
	grown.Add(n)
	for i := range n {
		done.Go(func() {
			errs[i] = descend(10)
			grown.Done()
			<-gate
			errs[i] = errors.Join(errs[i], descend(6))
		})
	}
	grown.Wait()
	for range 3 {
		runtime.GC()
	}
	close(gate)
	done.Wait()
	return errors.Join(errs...)
}
