// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file orders kernel modules by their dependencies, on the developer's
// machine: depmod's tables exist only on installed systems.

package initrd

import (
	"bytes"
	"debug/elf"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// Modules returns the files of the named modules and of all that they depend on,
// on this machine, in an order in which they can be loaded.
func (t Tree) Modules(names []string) ([]string, error) {
	o := &moduleOrder{index: t.moduleIndex(), seen: make(map[string]bool)}
	for _, name := range names {
		if err := o.add(name); err != nil {
			return nil, err
		}
	}
	return o.files, nil
}

// moduleIndex maps every module's name to its file.
func (t Tree) moduleIndex() map[string]string {
	index := make(map[string]string)
	filepath.WalkDir(t.outside("/lib/modules"), func(file string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(file, ".ko") {
			index[moduleName(strings.TrimSuffix(filepath.Base(file), ".ko"))] = file
		}
		return nil
	})
	return index
}

// moduleName is the kernel's spelling: file names may have dashes.
func moduleName(name string) string { return strings.ReplaceAll(name, "-", "_") }

// moduleOrder collects files so that a module follows what it depends on.
type moduleOrder struct {
	index map[string]string
	seen  map[string]bool
	files []string
}

// add appends name after its dependencies.
func (o *moduleOrder) add(name string) error {
	name = moduleName(name)
	if o.seen[name] {
		return nil
	}
	o.seen[name] = true
	file, ok := o.index[name]
	if !ok {
		return fmt.Errorf("the kernel package has no module %s", name)
	}
	deps, err := moduleDepends(file)
	if err != nil {
		return err
	}
	for _, dep := range deps {
		if err := o.add(dep); err != nil {
			return err
		}
	}
	o.files = append(o.files, file)
	return nil
}

// moduleDepends reads the names after "depends=" in a module's .modinfo section,
// which is a row of NUL-terminated KEY=VALUE strings.
func moduleDepends(file string) ([]string, error) {
	f, err := elf.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("%s is not a kernel module", file)
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	for entry := range bytes.SplitSeq(info, []byte{0}) {
		if value, ok := strings.CutPrefix(string(entry), "depends="); ok && value != "" {
			return strings.Split(value, ","), nil
		}
	}
	return nil, nil
}
