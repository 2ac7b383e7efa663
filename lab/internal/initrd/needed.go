// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file finds the shared libraries that programs need, on the developer's
// machine, from the ELF files alone: nothing of the tree is run.

package initrd

import (
	"debug/elf"
	"fmt"
	"path"
)

// LibDir is where Debian's dynamic linker finds libraries without any cache, and
// where the built file systems have them.
const LibDir = "/usr/lib/x86_64-linux-gnu"

// libDirs are the directories of a tree that hold libraries.
var libDirs = []string{"/lib/x86_64-linux-gnu", LibDir, "/lib64"}

// Loader is the program interpreter of every dynamic program on amd64.
const Loader = "/lib64/ld-linux-x86-64.so.2"

// Libraries returns the libraries that the ELF files need, directly or not, by
// soname, with the path of each on this machine. Files that are not ELF (scripts)
// need none.
func (t Tree) Libraries(files []string) (map[string]string, error) {
	libs := make(map[string]string)
	for queue := files; len(queue) > 0; queue = queue[1:] {
		for _, soname := range neededBy(queue[0]) {
			if _, seen := libs[soname]; seen {
				continue
			}
			file, err := t.library(soname)
			if err != nil {
				return nil, fmt.Errorf("%s needs %w", queue[0], err)
			}
			libs[soname] = file
			queue = append(queue, file)
		}
	}
	return libs, nil
}

// neededBy lists the DT_NEEDED entries of an ELF file.
func neededBy(file string) []string {
	f, err := elf.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	names, _ := f.ImportedLibraries()
	return names
}

// library finds a library by its soname.
func (t Tree) library(soname string) (string, error) {
	for _, dir := range libDirs {
		if file, err := t.Resolve(path.Join(dir, soname)); err == nil {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s, which no unpacked package holds", soname)
}
