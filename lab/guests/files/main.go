// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Files makes random sequences of file calls and prints a sum over everything
// they returned. The sums are the same on Linux and in a domain. Arguments: the
// number of calls in a sequence, and a seed for each.
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
