// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The sender. One goroutine.

package filecopy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
)

// Sender sends files to a receiver. After an error the copy is over; Answer then says what the receiver thought of it.
type Sender struct {
	out *bufio.Writer
	to  io.Writer
	crc uint32
	err error // the first
	cut bool  // the receiver takes no more: it knows why
}

// NewSender returns a sender that writes to w.
func NewSender(w io.Writer) *Sender {
	s := &Sender{to: w}
	s.out = bufio.NewWriterSize(counter{s}, chunk)
	return s
}

// counter is the receiver's stream, and what goes there counts.
type counter struct{ s *Sender }

func (c counter) Write(p []byte) (int, error) {
	n, err := c.s.to.Write(p)
	c.s.crc = crc32.Update(c.s.crc, crc32.IEEETable, p[:n])
	c.s.cut = err != nil
	return n, err
}

// Send sends what has a name in fsys, and all below it, as a name at the top of the copy. Where fsys is an fs.ReadLinkFS, as
// that of os.DirFS is, links are sent as links.
func (s *Sender) Send(fsys fs.FS, name, as string) error {
	if s.err == nil {
		if s.err = s.walk(fsys, name, as); s.err != nil {
			s.err = &Failure{as, s.err}
		}
	}
	return s.err
}

// walk sends one thing and what is below it.
func (s *Sender) walk(fsys fs.FS, name, as string) error {
	info, err := fs.Lstat(fsys, name)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return s.directory(fsys, name, as, info)
	case info.Mode().IsRegular():
		return s.file(fsys, name, as, info)
	case info.Mode().Type() == fs.ModeSymlink:
		return s.symlink(fsys, name, as, info)
	}
	return fmt.Errorf("%q is neither a file nor a directory nor a link", name)
}

// put sends a header and a name.
func (s *Sender) put(as string, info fs.FileInfo, kind uint32, size int64) error {
	if len(as) > maxName {
		return fmt.Errorf("%.60q… has %d bytes, the limit is %d", as, len(as), maxName)
	}
	t := stampOf(info.ModTime())
	h := header{uint32(len(as) + 1), kind | uint32(info.Mode().Perm()), uint64(size), t, t}
	s.out.Write(h.append(nil))
	s.out.WriteString(as)
	return s.out.WriteByte(0)
}

// directory sends a directory, what is in it, and it again.
func (s *Sender) directory(fsys fs.FS, name, as string, info fs.FileInfo) error {
	if err := s.put(as, info, directory, 0); err != nil {
		return err
	}
	list, err := fs.ReadDir(fsys, name)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := s.walk(fsys, path.Join(name, e.Name()), as+"/"+e.Name()); err != nil {
			return err
		}
	}
	return s.put(as, info, directory, 0)
}

func (s *Sender) symlink(fsys fs.FS, name, as string, info fs.FileInfo) error {
	target, err := fs.ReadLink(fsys, name)
	if err != nil {
		return err
	}
	if err := s.put(as, info, symlink, int64(len(target))); err != nil {
		return err
	}
	_, err = s.out.WriteString(target)
	return err
}

// file sends a file: as many bytes as it had when it was looked at.
func (s *Sender) file(fsys fs.FS, name, as string, info fs.FileInfo) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := s.put(as, info, regular, info.Size()); err != nil {
		return err
	}
	n, err := io.Copy(s.out, io.LimitReader(f, info.Size()))
	if err == nil && n < info.Size() {
		err = errors.New("the file became shorter while it was sent")
	}
	return err
}

// Close ends the copy. Whether it was taken, Answer knows.
func (s *Sender) Close() error {
	if s.err == nil {
		s.out.Write(make([]byte, headerSize))
		s.err = s.out.Flush()
	}
	return s.err
}

// Answer returns what the receiver says, whose answer comes on r, or why the copy could not be sent to its end. Where both
// failed, it is the receiver's word if that did not take what was sent, and the sender's if that did not send.
func (s *Sender) Answer(r io.Reader) error {
	answer, err := readResult(r)
	switch {
	case answer.code != 0 && (s.err == nil || s.cut):
		return err
	case s.err != nil:
		return s.err
	case err == nil && answer.crc != uint64(s.crc):
		return &Failure{Err: errors.New("the receiver got other bytes than were sent")}
	}
	return err
}

// readResult reads the answer. Its error is the receiver's.
func readResult(r io.Reader) (result, error) {
	var b [resultSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return result{}, &Failure{Err: fmt.Errorf("the receiver did not answer: %w", err)}
	}
	answer := parseResult(&b)
	if answer.code == 0 {
		return answer, nil
	}
	return answer, &Failure{readLastName(r), answer.code}
}

// appendName appends the name that a receiver was at.
func appendName(b []byte, name string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(name)+1))
	return append(append(b, name...), 0)
}

// readLastName reads it, where a receiver tells it.
func readLastName(r io.Reader) string {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return ""
	}
	size := binary.LittleEndian.Uint32(n[:])
	if size == 0 || size > maxName+1 {
		return ""
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return ""
	}
	return string(b[:size-1])
}
