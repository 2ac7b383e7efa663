// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Messages on the wire: xsd_sockmsg of io/xs_wire.h and what follows it. Any
// goroutine.

package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// headerSize is the size of xsd_sockmsg in bytes.
const headerSize = 16

// claimed is a length as the other side gives it, not yet compared with a limit.
type claimed uint32

// message is one message from xenstored.
type message struct {
	kind, id, tx uint32
	payload      []byte
}

// appendMessage appends a message to b.
func appendMessage(b []byte, m message) []byte {
	for _, v := range [...]uint32{m.kind, m.id, m.tx, uint32(len(m.payload))} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return append(b, m.payload...)
}

// readMessage reads one message; its payload is at most XENSTORE_PAYLOAD_MAX
// bytes long.
func readMessage(r io.Reader) (message, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return message{}, ended(err)
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(head[4*i:]) }
	n := claimed(word(3))
	if n > abi.XENSTORE_PAYLOAD_MAX {
		return message{}, fmt.Errorf("xenstore: xenstored announced a message of %d bytes, the protocol allows %d", n, abi.XENSTORE_PAYLOAD_MAX)
	}
	m := message{word(0), word(1), word(2), make([]byte, n)}
	if _, err := io.ReadFull(r, m.payload); err != nil {
		return message{}, ended(err)
	}
	return m, nil
}

// ended turns the end of the stream into an error that names it.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("xenstore: xenstored closed the connection")
	}
	return fmt.Errorf("xenstore: reading: %w", err)
}

// list joins strings, each followed by a zero byte.
func list(s ...string) []byte { return []byte(strings.Join(s, "\x00") + "\x00") }

// splitList undoes list. False: the last string has no zero byte behind it.
func splitList(b []byte) ([]string, bool) {
	if len(b) == 0 {
		return nil, true
	}
	text, ok := strings.CutSuffix(string(b), "\x00")
	return strings.Split(text, "\x00"), ok
}

// one takes the only string of a payload.
func one(b []byte) (string, bool) {
	s, ok := splitList(b)
	if !ok || len(s) != 1 {
		return "", false
	}
	return s[0], true
}

// opName is a request's type in words, for errors.
func opName(kind uint32) string {
	switch kind {
	case abi.XS_DIRECTORY, abi.XS_DIRECTORY_PART:
		return "list"
	case abi.XS_READ:
		return "read"
	case abi.XS_GET_PERMS:
		return "get permissions of"
	case abi.XS_WATCH:
		return "watch"
	case abi.XS_TRANSACTION_START:
		return "begin a transaction"
	case abi.XS_TRANSACTION_END:
		return "commit a transaction"
	case abi.XS_WRITE:
		return "write"
	case abi.XS_MKDIR:
		return "mkdir"
	case abi.XS_RM:
		return "remove"
	case abi.XS_SET_PERMS:
		return "set permissions of"
	case abi.XS_IS_DOMAIN_INTRODUCED:
		return "ask for domain"
	}
	return fmt.Sprintf("request %d", kind)
}
