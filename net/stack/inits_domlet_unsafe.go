// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build domlet

// The order of package inits. Runs once, on the main goroutine, before all of
// them but the runtime's own.

package stack

import (
	"runtime"
	"runtime/debug"
	_ "unsafe" // for go:linkname
)

// task begins the runtime's initTask: its functions' addresses follow.
type task struct {
	state, functions uint32
	first            uintptr
}

// order is the runtime's domletInits: what serves the program first, everything
// otherwise in the order it had.
//
//go:linkname order runtime.domletInits
func order(list []*task) {
	program := programModules()
	var first, rest []*task
	for _, t := range list {
		if serving(runtime.FuncForPC(t.first).Name(), program) {
			first = append(first, t)
		} else {
			rest = append(rest, t)
		}
	}
	copy(list[copy(list, first):], rest)
}

// programModules are the modules that the program was built from.
func programModules() (paths []string) {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	paths = append(paths, b.Main.Path)
	for _, m := range b.Deps {
		paths = append(paths, m.Path)
	}
	return paths
}
