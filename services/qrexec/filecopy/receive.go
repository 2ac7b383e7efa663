// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The receiver. One goroutine.

package filecopy

import (
	"bufio"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Options are what a receiver takes. The zero value takes any amount, and names that can be shown.
type Options struct {
	Bytes    int64 // at most, in files together; 0 for any number
	Files    int64 // things at most; 0 for any number
	AllNames bool  // takes names of any bytes
}

// maxOpen is how many directories may have begun and not ended.
const maxOpen = 10000

// chunk is how many bytes are moved at once.
const chunk = 65536

// Tree is where a receiver puts things. Names are relative and lead down; the directory that a name is in was there when
// Lstat was asked. Nothing may be replaced.
type Tree interface {
	// Lstat says what has that name, a link itself if one has.
	Lstat(name string) (fs.FileInfo, error)
	// Mkdir makes a directory that only the owner can use.
	Mkdir(name string) error
	// Settle gives a directory its permissions and times.
	Settle(name string, perm fs.FileMode, atime, mtime time.Time) error
	// Symlink makes a link.
	Symlink(target, name string) error
	// Create begins a file that has no name yet.
	Create() (Draft, error)
}

// Draft is a file that is being received. It ends with one of Commit and Discard.
type Draft interface {
	io.Writer
	// Commit gives the file its name, permissions and times.
	Commit(name string, perm fs.FileMode, atime, mtime time.Time) error
	// Discard removes it.
	Discard() error
}

// receiver is one copy.
type receiver struct {
	in     *bufio.Reader
	crc    uint32
	tree   Tree
	o      Options
	bytes  uint64
	files  int64
	name   string   // what is being received
	parent string   // a directory, as was seen; "" for the top
	opened []string // directories that have begun
	buf    []byte
}

// Receive takes a copy from r into a tree and writes the answer to w. It returns how many things were received, and a
// *Failure that says why no more were.
func Receive(r io.Reader, w io.Writer, tree Tree, o Options) (things int64, err error) {
	rc := &receiver{in: bufio.NewReaderSize(r, chunk), tree: tree, o: o, buf: make([]byte, chunk)}
	err = rc.all()
	answer := result{codeOf(err), uint64(rc.crc)}.append(nil)
	if err != nil {
		answer = appendName(answer, rc.name)
		err = &Failure{rc.name, err}
	}
	if _, wrong := w.Write(answer); err == nil && wrong != nil {
		err = &Failure{Err: wrong}
	}
	return rc.files, err
}

// codeOf is the number for an error.
func codeOf(err error) Errno {
	var e Errno
	var s syscall.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e
	case errors.As(err, &s):
		return Errno(s)
	case errors.Is(err, fs.ErrExist):
		return Errno(syscall.EEXIST)
	}
	return Errno(syscall.EIO)
}

// all receives until the end.
func (r *receiver) all() error {
	for {
		h, err := r.header()
		if err != nil || h.nameLen == 0 {
			return err
		}
		if err := r.thing(h); err != nil {
			return err
		}
	}
}

// header reads a header. A stream that ends here was given up.
func (r *receiver) header() (h header, err error) {
	var b [headerSize]byte
	n, err := io.ReadFull(r.in, b[:])
	r.count(b[:n])
	switch {
	case err == io.EOF:
		return h, Errno(syscall.EREMOTEIO)
	case err != nil:
		return h, cut(err)
	}
	if h = parseHeader(&b); h.nameLen == 0 {
		return h, nil
	}
	return h, h.check()
}

// count adds bytes to the checksum, which is over all that was received.
func (r *receiver) count(b []byte) { r.crc = crc32.Update(r.crc, crc32.IEEETable, b) }

// cut is the error of data that end in the middle.
func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrTruncated
	}
	return err
}

// text reads a name or a target.
func (r *receiver) text(n int) (string, error) {
	b := make([]byte, n)
	k, err := io.ReadFull(r.in, b)
	r.count(b[:k])
	return string(b), cut(err)
}

// thing receives one thing, or the end of a directory.
func (r *receiver) thing(h header) (err error) {
	if err := r.readName(h); err != nil {
		return err
	}
	if h.kind() == directory && r.settles() {
		return r.tree.Settle(r.name, h.permissions(), h.atime.time(), h.mtime.time())
	}
	if r.o.Files > 0 && r.files == r.o.Files {
		return Errno(syscall.EDQUOT)
	}
	r.files++
	if err := r.within(); err != nil {
		return err
	}
	switch h.kind() {
	case directory:
		return r.directory()
	case symlink:
		return r.symlink(h)
	}
	return r.file(h)
}

// readName reads the name and looks at it.
func (r *receiver) readName(h header) error {
	name, err := r.text(int(h.nameLen))
	if err != nil {
		return err
	}
	name, ended := strings.CutSuffix(name, "\x00")
	r.name = name
	if !ended {
		return Errno(syscall.EINVAL)
	}
	if err := checkPath(name); err != nil {
		return err
	}
	return r.readable(name)
}

// readable looks at characters, unless all are taken.
func (r *receiver) readable(s string) error {
	if r.o.AllNames {
		return nil
	}
	return checkText(s)
}

// within wants every directory above the name to be one, and no link. Who is below one that was seen already is not asked
// again: nothing that was received can change it.
func (r *receiver) within() error {
	parent := path.Dir(r.name)
	if parent == "." || parent == r.parent {
		return nil
	}
	for i := 0; i < len(parent); i++ {
		end := strings.IndexByte(parent[i:], '/')
		if i += end; end < 0 {
			i = len(parent)
		}
		info, err := r.tree.Lstat(parent[:i])
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return Errno(syscall.ENOTDIR)
		}
	}
	r.parent = parent
	return nil
}

// settles reports whether the name is a directory's that has begun, which ends now.
func (r *receiver) settles() bool {
	i := slices.Index(r.opened, r.name)
	if i >= 0 {
		r.opened = slices.Delete(r.opened, i, i+1)
	}
	return i >= 0
}

// directory makes a directory.
func (r *receiver) directory() error {
	if len(r.opened) == maxOpen {
		return Errno(syscall.EDQUOT)
	}
	r.opened = append(r.opened, r.name)
	return r.tree.Mkdir(r.name)
}

func (r *receiver) symlink(h header) error {
	target, err := r.text(int(h.size))
	if err != nil {
		return err
	}
	if err := r.readable(target); err != nil {
		return err
	}
	if err := checkTarget(r.name, target); err != nil {
		return err
	}
	return r.tree.Symlink(target, r.name)
}

// file receives a file: under no name until it is whole.
func (r *receiver) file(h header) error {
	if r.o.Bytes > 0 && h.size > uint64(r.o.Bytes)-r.bytes {
		return Errno(syscall.EDQUOT)
	}
	r.bytes += h.size
	d, err := r.tree.Create()
	if err != nil {
		return err
	}
	if err := r.content(d, h.size); err != nil {
		return errors.Join(err, d.Discard())
	}
	return d.Commit(r.name, h.permissions(), h.atime.time(), h.mtime.time())
}

// content moves bytes into a file.
func (r *receiver) content(d Draft, left uint64) error {
	for left > 0 {
		n, err := r.in.Read(r.buf[:min(left, chunk)])
		r.count(r.buf[:n])
		left -= uint64(n)
		if _, werr := d.Write(r.buf[:n]); werr != nil {
			return werr
		}
		if err != nil && left > 0 {
			return cut(err)
		}
	}
	return nil
}
