// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// QubesDB, as far as a qube needs it to tell dom0 something. One goroutine.

package vm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// qubesDBPort is where dom0 listens for a qube's QubesDB.
const qubesDBPort = 111

// Messages of QubesDB (include/qubesdb.h of qubes-core-qubesdb), and the sizes in bytes of their headers, paths and data.
const (
	dbWrite         = 1
	dbMultiread     = 2
	dbRemove        = 4
	dbOK            = 7
	dbError         = 9
	dbMultireadPart = 11

	dbHeader  = 72
	dbPath    = 64
	dbMaxData = 3072
)

// dbMessage is a message.
type dbMessage struct {
	kind byte
	path string
	data []byte
}

// append appends the message as it is sent: kind, path, three bytes of nothing, length, data.
func (m dbMessage) append(b []byte) []byte {
	var h [dbHeader]byte
	h[0] = m.kind
	copy(h[1:1+dbPath-1], m.path)
	binary.LittleEndian.PutUint32(h[dbHeader-4:], uint32(len(m.data)))
	return append(append(b, h[:]...), m.data...)
}

// readDB reads a message.
func readDB(r io.Reader) (m dbMessage, err error) {
	var h [dbHeader]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return m, err
	}
	path, _, ended := bytes.Cut(h[1:1+dbPath], []byte{0})
	size := binary.LittleEndian.Uint32(h[dbHeader-4:])
	if !ended || size >= dbMaxData {
		return m, fmt.Errorf("QubesDB: dom0 sent a message that is none: a path of %d bytes, %d bytes of data", len(path), size)
	}
	m = dbMessage{h[0], string(path), make([]byte, size)}
	_, err = io.ReadFull(r, m.data)
	return m, err
}

// db is a connection to dom0's.
type db struct{ conn io.ReadWriter }

// begin asks for all that there is, as dom0 expects it of every qube that connects, and waits until it has come.
func (d db) begin() error {
	if err := d.send(dbMessage{kind: dbMultiread}); err != nil {
		return err
	}
	return d.until(func(m dbMessage) bool { return m.kind == dbMultireadPart && m.path == "" })
}

// write writes an entry and waits for dom0's word that it is there.
func (d db) write(path, value string) error {
	if err := d.send(dbMessage{dbWrite, path, []byte(value)}); err != nil {
		return err
	}
	return d.until(func(m dbMessage) bool { return m.kind == dbOK && m.path == path })
}

func (d db) send(m dbMessage) error {
	_, err := d.conn.Write(m.append(nil))
	return err
}

// until reads messages until one is what is waited for. Changes that dom0 tells of meanwhile are acknowledged.
func (d db) until(is func(dbMessage) bool) error {
	for {
		m, err := readDB(d.conn)
		switch {
		case err != nil:
			return err
		case is(m):
			return nil
		case m.kind == dbError:
			return fmt.Errorf("QubesDB: dom0 refuses %q", m.path)
		case m.kind == dbWrite, m.kind == dbRemove:
			if err := d.send(dbMessage{kind: dbOK, path: m.path}); err != nil {
				return err
			}
		}
	}
}
