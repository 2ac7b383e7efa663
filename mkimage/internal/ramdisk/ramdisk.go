// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What goes into the archive, and its writing. Host.

package ramdisk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"
)

// Options say what a domain is to find in its tree of files.
type Options struct {
	// Files are files and directories: FROM, or FROM:TO where TO is the
	// absolute name that it gets, "/" being understood for a directory.
	Files []string
	// Certificates is a file of CA certificates in PEM form, or "host" for
	// those of this machine.
	Certificates string
	// Zone is the local time zone, such as Europe/Berlin, or "host" for this
	// machine's. All others come with it.
	Zone string
}

// Empty reports whether there is nothing to make an archive of.
func (o *Options) Empty() bool {
	return len(o.Files) == 0 && o.Certificates == "" && o.Zone == ""
}

// Write writes the archive. An error names what cannot be put into it.
func (o *Options) Write(w io.Writer) error {
	a := archive{recorder: cpio.NewRecorder(), names: map[string]string{}}
	for _, f := range o.Files {
		if err := a.files(f); err != nil {
			return fmt.Errorf("-files %s: %w", f, err)
		}
	}
	if o.Certificates != "" {
		if err := a.certificates(o.Certificates); err != nil {
			return fmt.Errorf("-certs %s: %w", o.Certificates, err)
		}
	}
	if o.Zone != "" {
		if err := a.zones(o.Zone); err != nil {
			return fmt.Errorf("-tz %s: %w", o.Zone, err)
		}
	}
	return a.write(w)
}

// archive is what is collected.
type archive struct {
	recorder *cpio.Recorder
	records  []cpio.Record
	names    map[string]string // where a name in the archive came from; "" for directories
}

// files adds a file, or a directory with all there is below it.
func (a *archive) files(arg string) error {
	from, to := arg, ""
	if i := strings.LastIndex(arg, ":/"); i >= 0 {
		from, to = arg[:i], arg[i+1:]
	}
	from, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if to == "" && !info.IsDir() {
		to = "/" + filepath.Base(from)
	}
	return filepath.WalkDir(from, func(file string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		return a.host(file, path.Join("/", to, filepath.ToSlash(below)))
	})
}

// host adds one name of this machine's. Its owner is the domain's only user.
func (a *archive) host(file, name string) error {
	r, err := a.recorder.GetRecord(file)
	if err != nil {
		return err
	}
	switch r.Mode & cpio.S_IFMT {
	case cpio.S_IFREG, cpio.S_IFDIR, cpio.S_IFLNK:
	default:
		return fmt.Errorf("%s: neither a file nor a directory nor a symbolic link; leave it out", file)
	}
	if r.FileSize > math.MaxUint32 {
		return fmt.Errorf("%s: a file in a ramdisk can have 4 GiB at most", file)
	}
	r.UID, r.GID = 0, 0
	return a.add(name, file, r)
}

// add adds a record under an absolute name, which no other may have.
func (a *archive) add(name, from string, r cpio.Record) error {
	name = strings.TrimPrefix(path.Clean(name), "/")
	if name == "" {
		return nil // the root is there
	}
	directory := r.Mode&cpio.S_IFMT == cpio.S_IFDIR
	if old, ok := a.names[name]; ok {
		if directory && old == "" {
			return nil
		}
		return fmt.Errorf("/%s comes from %s too; leave one of them out", name, old)
	}
	a.names[name] = from
	if directory {
		a.names[name] = ""
	}
	r.Name = name
	a.records = append(a.records, r)
	return nil
}

func (a *archive) write(w io.Writer) error {
	rw := cpio.Newc.Writer(w)
	if err := cpio.WriteRecords(rw, a.records); err != nil {
		return err
	}
	return cpio.WriteTrailer(rw)
}

// WriteFile writes the archive to a file, which is gone again after an error.
func (o *Options) WriteFile(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(o.Write(f), f.Close()); err != nil {
		os.Remove(name)
		return err
	}
	return nil
}
