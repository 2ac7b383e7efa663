// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files does what its first argument says: "calls" makes random sequences of
// file calls and prints a sum over everything they returned, "tree" prints what
// is below the working directory, "limits" what becomes of names that are too long
// and of a file system that is full, "extras" what comes with certificates and time
// zones. What it prints is the same on Linux and in a domain, but for "limits".
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/domlet/domlet/rt/posix/filetest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println("files:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("say what to do: calls, tree, limits or extras")
	}
	switch args[0] {
	case "calls":
		return calls(args[1:])
	case "tree":
		return tree()
	case "limits":
		return limits()
	case "extras":
		return extras()
	}
	return fmt.Errorf("%s: there is calls, tree, limits and extras", args[0])
}

// calls runs sequences: of so many calls, and for each seed.
func calls(args []string) error {
	if len(args) == 0 {
		return errors.New("say how many calls, and with which seeds")
	}
	steps, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	syscall.Umask(0o022)
	for _, word := range args[1:] {
		seed, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			return err
		}
		if err := sequence(seed, steps); err != nil {
			return err
		}
	}
	return nil
}

// sequence runs one seed in a directory of its own, which it removes.
func sequence(seed uint64, steps int) error {
	dir, err := os.MkdirTemp("", "files")
	if err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	r, err := filetest.Start(call, seed)
	if err != nil {
		return err
	}
	sum, last := r.Digest(steps)
	r.End()
	fmt.Printf("seed %d: %016x, last %s\n", seed, sum, last)
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return gone(dir)
}

// gone checks that nothing of dir is left.
func gone(dir string) error {
	if left, _ := filepath.Glob(dir + "*"); len(left) != 0 {
		return fmt.Errorf("%v: is still there", left)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %v", dir, err)
	}
	return nil
}
