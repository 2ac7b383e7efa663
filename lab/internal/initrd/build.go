// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// This file writes the archive, on the developer's machine.

package initrd

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"
)

// Image collects the files of one file system. Paths are absolute inside it.
type Image struct {
	tree    Tree
	records []cpio.Record
	have    map[string]bool
	elf     []string
	open    []*os.File
}

// New starts an image that takes its files from tree. The image is laid out as a
// merged system: /bin, /sbin and /lib are links into /usr.
func New(tree Tree) *Image {
	m := &Image{tree: tree, have: make(map[string]bool)}
	for _, name := range []string{"bin", "sbin", "lib"} {
		m.Dir("/usr/" + name)
		m.Link("/"+name, "usr/"+name)
	}
	return m
}

// Dir adds a directory and its parents.
func (m *Image) Dir(name string) {
	name = path.Clean(name)
	if name == "/" || name == "." || m.have[name] {
		return
	}
	m.Dir(path.Dir(name))
	m.add(name, cpio.Directory(name[1:], 0o755))
}

// Link adds a symbolic link.
func (m *Image) Link(name, target string) {
	m.Dir(path.Dir(name))
	m.add(name, cpio.Symlink(name[1:], target))
}

// Text adds a file with the given contents.
func (m *Image) Text(name, text string, mode os.FileMode) {
	m.Dir(path.Dir(name))
	m.add(name, cpio.StaticFile(name[1:], text, uint64(mode)))
}

// Device adds a character device.
func (m *Image) Device(name string, mode os.FileMode, major, minor uint64) {
	m.Dir(path.Dir(name))
	m.add(name, cpio.CharDev(name[1:], uint64(mode), major, minor))
}

// File adds a file of this machine.
func (m *Image) File(name, source string) error {
	if m.have[name] {
		return nil
	}
	f, err := os.Open(source)
	if err != nil {
		return err
	}
	m.open = append(m.open, f)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	m.Dir(path.Dir(name))
	m.elf = append(m.elf, source)
	m.add(name, cpio.Record{ReaderAt: f, Info: cpio.Info{
		Name: name[1:], Mode: cpio.S_IFREG | uint64(info.Mode().Perm()), NLink: 1,
		FileSize: uint64(info.Size()),
	}})
	return nil
}

// Tree adds the files of the tree that match pattern, each under its own path.
func (m *Image) Tree(pattern string) error {
	names := m.tree.Glob(pattern)
	if len(names) == 0 {
		return fmt.Errorf("nothing matches %s in the unpacked packages", pattern)
	}
	for _, name := range names {
		file, err := m.tree.Resolve(name)
		if err != nil {
			continue // a link into a package that is not unpacked
		}
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		if err := m.File(merged(name), file); err != nil {
			return err
		}
	}
	return nil
}

// merged maps a path of an unmerged tree to the merged layout.
func merged(name string) string {
	for _, dir := range []string{"/bin/", "/sbin/", "/lib/"} {
		if strings.HasPrefix(name, dir) {
			return "/usr" + name
		}
	}
	return name
}

// Libraries adds what the files added so far need, and the dynamic loader.
// Further sonames that are loaded by name at run time are given in extra.
func (m *Image) Libraries(extra ...string) error {
	for _, soname := range extra {
		file, err := m.tree.library(soname)
		if err != nil {
			return err
		}
		if err := m.File(path.Join(LibDir, soname), file); err != nil {
			return err
		}
	}
	libs, err := m.tree.Libraries(m.elf)
	if err != nil {
		return err
	}
	for _, soname := range slices.Sorted(maps.Keys(libs)) {
		if err := m.File(path.Join(LibDir, soname), libs[soname]); err != nil {
			return err
		}
	}
	loader, err := m.tree.Resolve(Loader)
	if err != nil {
		return err
	}
	return m.File(Loader, loader)
}

// Modules adds kernel modules under /lib/modules and the list of their paths in
// load order, one a line, as /lib/modules/order.
func (m *Image) Modules(names []string) error {
	files, err := m.tree.Modules(names)
	if err != nil {
		return err
	}
	var order strings.Builder
	for _, file := range files {
		name := "/usr/lib/modules/" + path.Base(file)
		if err := m.File(name, file); err != nil {
			return err
		}
		order.WriteString(name + "\n")
	}
	m.Text("/usr/lib/modules/order", order.String(), 0o644)
	return nil
}

// add appends a record once.
func (m *Image) add(name string, r cpio.Record) {
	if !m.have[name] {
		m.have[name] = true
		m.records = append(m.records, r)
	}
}

// WriteTo writes the archive and closes the files it came from. Linux accepts
// several archives behind one another: write more images to the same place to
// add to one that exists.
func (m *Image) WriteTo(w io.Writer) (int64, error) {
	defer m.close()
	c := &countingWriter{w: w}
	rw := cpio.Newc.Writer(c)
	cpio.MakeAllReproducible(m.records)
	if err := cpio.WriteRecords(rw, m.records); err != nil {
		return c.n, err
	}
	if err := cpio.WriteTrailer(rw); err != nil {
		return c.n, err
	}
	_, err := c.Write(make([]byte, -c.n&511)) // the next archive must begin aligned
	return c.n, err
}

// close closes the source files.
func (m *Image) close() {
	for _, f := range m.open {
		f.Close()
	}
}

// countingWriter knows how much was written.
type countingWriter struct {
	w io.Writer
	n int64
}

// Write implements io.Writer.
func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
