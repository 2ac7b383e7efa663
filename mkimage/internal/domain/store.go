// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// A small client of xenstored: read, list and watch, over its socket or the
// kernel's device. Runs in dom0.

package domain

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// The message types of xen/include/public/io/xs_wire.h used here.
const (
	xsDirectory  = 1
	xsRead       = 2
	xsWatch      = 4
	xsWatchEvent = 15
	xsError      = 16
)

// xsPayloadMax is the longest payload in bytes, XENSTORE_PAYLOAD_MAX.
const xsPayloadMax = 4096

// errNoNode says that a node is not in the store.
var errNoNode = errors.New("no such node in xenstore")

// errClosed says that xenstored is gone.
var errClosed = errors.New("xenstored closed the connection")

// storePaths are where xenstored listens, in the order they are tried.
var storePaths = []string{"/run/xenstored/socket", "/var/run/xenstored/socket", "/dev/xen/xenbus", "/proc/xen/xenbus"}

// store is a connection to xenstored.
type store struct {
	conn    *os.File
	replies chan reply // closed, as gone is, when the connection ends
	gone    chan struct{}
	mu      sync.Mutex // held over one request and its reply
	watches sync.Map   // from a watched path to its chan struct{}
}

type reply struct {
	kind    uint32
	payload []byte
}

// openStore connects to xenstored at path, or where it usually is if path is
// empty.
func openStore(path string) (*store, error) {
	paths := storePaths
	if path != "" {
		paths = []string{path}
	}
	for _, p := range paths {
		conn, err := dialStore(p)
		if err == nil {
			return newStore(conn), nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("cannot reach xenstored at %s: %w (be root in dom0)", p, err)
		}
	}
	return nil, fmt.Errorf("xenstored does not run: there is no %s", strings.Join(paths, " or "))
}

// dialStore opens a device file, or connects to a socket.
func dialStore(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&os.ModeSocket == 0 {
		return os.OpenFile(path, os.O_RDWR, 0)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	err = errors.Join(unix.Connect(fd, &unix.SockaddrUnix{Name: path}), unix.SetNonblock(fd, true))
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

func newStore(conn *os.File) *store {
	s := &store{conn: conn, replies: make(chan reply, 1), gone: make(chan struct{})}
	go s.receive()
	return s
}

func (s *store) close() { s.conn.Close() }

// receive sorts what xenstored sends until the connection ends.
func (s *store) receive() {
	defer close(s.gone)
	defer close(s.replies)
	for {
		r, err := readReply(s.conn)
		switch {
		case err != nil:
			return
		case r.kind == xsWatchEvent:
			s.fire(string(r.payload))
		default:
			s.replies <- r
		}
	}
}

// fire puts a token into a watch's channel, unless one is there. An event is
// the path that changed and the word given with the watch: the watched path.
func (s *store) fire(event string) {
	words := strings.Split(event, "\x00")
	watch, ok := s.watches.Load(words[min(1, len(words)-1)])
	if !ok {
		return
	}
	select {
	case watch.(chan struct{}) <- struct{}{}:
	default:
	}
}

func readReply(conn io.Reader) (reply, error) {
	var head [16]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return reply{}, err
	}
	n := binary.LittleEndian.Uint32(head[12:])
	if n > xsPayloadMax {
		return reply{}, fmt.Errorf("xenstored sent %d bytes in one message", n)
	}
	payload := make([]byte, n)
	_, err := io.ReadFull(conn, payload)
	return reply{binary.LittleEndian.Uint32(head[:]), payload}, err
}

// call sends one request, whose words are NUL-terminated, and returns the
// payload of its reply.
func (s *store) call(kind uint32, words ...string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := strings.Join(words, "\x00") + "\x00"
	msg := binary.LittleEndian.AppendUint32(nil, kind)
	msg = append(msg, make([]byte, 8)...) // request and transaction numbers: one at a time, none
	msg = binary.LittleEndian.AppendUint32(msg, uint32(len(body)))
	if _, err := s.conn.Write(append(msg, body...)); err != nil {
		return "", fmt.Errorf("xenstored: %w", err)
	}
	r, ok := <-s.replies
	return r.text(ok, words[0])
}

// text returns the payload of a reply that came (ok), or what it complains of.
func (r reply) text(ok bool, path string) (string, error) {
	text := strings.TrimSuffix(string(r.payload), "\x00")
	switch {
	case !ok:
		return "", errClosed
	case r.kind != xsError:
		return string(r.payload), nil
	case text == "ENOENT":
		return "", errNoNode
	}
	return "", fmt.Errorf("xenstored: %s: %s", path, text)
}

// read returns the value of a node.
func (s *store) read(path string) (string, error) { return s.call(xsRead, path) }

// list returns the names of a node's children.
func (s *store) list(path string) ([]string, error) {
	text, err := s.call(xsDirectory, path)
	return strings.FieldsFunc(text, func(r rune) bool { return r == 0 }), err
}

// watch returns a channel that gets a token when a node changes from now on.
// The special paths @introduceDomain and @releaseDomain tell of domains that
// come and go. A token may stand for several changes.
func (s *store) watch(path string) (<-chan struct{}, error) {
	tokens := make(chan struct{}, 1)
	s.watches.Store(path, tokens)
	if _, err := s.call(xsWatch, path, path); err != nil {
		return nil, err
	}
	select {
	case <-tokens: // every watch fires once when it is set
		return tokens, nil
	case <-s.gone:
		return nil, errClosed
	}
}

// domainID finds the number of the domain that has this name.
func (s *store) domainID(name string) (string, error) {
	ids, err := s.list("/local/domain")
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if got, err := s.read("/local/domain/" + id + "/name"); err == nil && got == name {
			return id, nil
		}
	}
	return "", errNoNode
}
