// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Names that are too long, and more bytes than there is room for. Runs in the
// program.

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// limits prints what the calls answer, and fails where nothing was refused.
func limits() error {
	for _, name := range []string{"/tmp/" + strings.Repeat("x", 256), "/tmp" + strings.Repeat("/.", 2048)} {
		err := os.Mkdir(name, 0o755)
		if !errors.Is(err, syscall.ENAMETOOLONG) {
			return fmt.Errorf("a name of %d bytes: %v", len(name), err)
		}
		fmt.Printf("%d bytes: %v\n", len(name), errors.Unwrap(err))
	}
	first, err := fill()
	if err != nil {
		return err
	}
	second, err := fill()
	fmt.Printf("the same again: %t\n", first == second)
	return err
}

// fill writes a file until there is no room for more, removes it, and returns how
// large it was.
func fill() (size int, err error) {
	const path, most = "/tmp/full", 64 << 20
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for err == nil && size < most {
		var n int
		n, err = f.Write(make([]byte, 100_000))
		size += n
	}
	if !errors.Is(err, syscall.ENOSPC) || size == 0 {
		return size, fmt.Errorf("after %d bytes: %v", size, err)
	}
	fmt.Println(err)
	return size, os.Remove(path)
}
