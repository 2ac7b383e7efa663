// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The messages, byte for byte: docs/clipboard.md. Any goroutine.

package clipboard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Port is where a clipboard listens for each client: vchan.Path(client, Port).
const Port = 6100

// version is the first byte of every message.
const version = 1

// headerSize is the size of a header in bytes.
const headerSize = 16

// kind is what a message is. Replies have replyBit set.
type kind uint8

const (
	copyKind kind = iota + 1
	pasteKind
	clearKind
	statusKind

	replyBit kind = 0x80
)

// String returns the kind's name.
func (k kind) String() string {
	names := []string{copyKind: "copy", pasteKind: "paste", clearKind: "clear", statusKind: "status"}
	if k &^= replyBit; int(k) < len(names) && k > 0 {
		return names[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Flags of requests. Those of replies are a code.
const (
	stripFlag uint16 = 1 // of copy: take control characters out of text
	waitFlag  uint16 = 1 // of status: answer when another copy is held, or after a while
)

// header is the beginning of every message.
type header struct {
	kind  kind
	flags uint16
	tag   uint32 // the client's; the reply has the same
	size  claim  // of what follows
}

// claim is a number that a peer wrote, not yet believed.
type claim uint32

// within returns the claim as a number, if that is at least min and at most max.
func (c claim) within(min, max int) (int, bool) {
	n := int(c)
	return n, n >= min && n <= max
}

// errMalformed is a message that no program of good will sends. There is no going on after it.
var errMalformed = errors.New("the message is malformed")

func (h header) append(b []byte) []byte {
	b = append(b, version, byte(h.kind))
	b = binary.LittleEndian.AppendUint16(b, h.flags)
	b = binary.LittleEndian.AppendUint32(b, h.tag)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.size))
	return binary.LittleEndian.AppendUint32(b, 0)
}

// parseHeader reads a header: headerSize bytes.
func parseHeader(b []byte) (header, error) {
	h := header{kind(b[1]), binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint32(b[4:]), claim(binary.LittleEndian.Uint32(b[8:]))}
	if b[0] != version || binary.LittleEndian.Uint32(b[12:]) != 0 {
		return h, fmt.Errorf("%w: version %d, last word %#x", errMalformed, b[0], b[12:16])
	}
	return h, nil
}

// code is what a reply says of the request.
type code uint16

const (
	okCode code = iota
	malformedCode
	tooLargeCode
	deniedCode
	emptyCode
	staleCode
	busyCode
	failedCode
)

// Errors that only a client of the protocol gets.
var (
	ErrBusy      = errors.New("the clipboard domain refuses it: too much at once")
	ErrFailed    = errors.New("the clipboard domain failed: its log says why")
	ErrMalformed = errors.New("the clipboard domain does not understand: another version?")
)

// codes are the errors that have a code, in the order of the codes.
var codes = [...]error{okCode: nil, malformedCode: ErrMalformed, tooLargeCode: ErrTooLarge, deniedCode: ErrDenied,
	emptyCode: ErrEmpty, staleCode: ErrStale, busyCode: ErrBusy, failedCode: ErrFailed}

// codeOf returns what a client is told of an error.
func codeOf(err error) code {
	switch {
	case err == nil:
		return okCode
	case errors.Is(err, ErrInvalid) || errors.Is(err, errMalformed):
		return malformedCode
	}
	for c, e := range codes {
		if e != nil && errors.Is(err, e) {
			return code(c)
		}
	}
	return failedCode
}

// err is the error of a code.
func (c code) err() error {
	if int(c) < len(codes) {
		return codes[c]
	}
	return fmt.Errorf("%w: code %d", errMalformed, c)
}

// copyHead is the part of a copy that has a fixed size: the lengths of type and target, which follow, before the contents.
const copyHead = 4

// maxCopy is the longest body of a copy.
const maxCopy = copyHead + maxType + maxName + MaxLimit

func appendCopyHead(b []byte, m Meta) []byte {
	b = append(b, byte(len(m.Type)), byte(len(m.Target)), 0, 0)
	return append(append(b, m.Type...), m.Target...)
}

// lengths reads the head of a copy whose body has size bytes, and returns how many of them are type, target and contents.
func lengths(b []byte, size int) (mime, target, rest int, err error) {
	mime, target = int(b[0]), int(b[1])
	rest = size - copyHead - mime - target
	if b[2] != 0 || b[3] != 0 || mime > maxType || target > maxName || rest < 0 {
		return 0, 0, 0, fmt.Errorf("%w: a copy of %d bytes with a head of % x", errMalformed, size, b[:copyHead])
	}
	return mime, target, rest, nil
}

// pasteHead is the part of a paste's reply that has a fixed size; type, source and contents follow.
const pasteHead = 12

func appendPasteHead(b []byte, p *Paste) []byte {
	b = binary.LittleEndian.AppendUint64(b, p.Number)
	b = append(b, byte(len(p.Type)), byte(len(p.Source)), 0, 0)
	return append(append(b, p.Type...), p.Source...)
}

// statusHead is the part of a status' reply that has a fixed size; type, source and target follow.
const statusHead = 24

func appendStatus(b []byte, s Status) []byte {
	b = binary.LittleEndian.AppendUint64(b, s.Change)
	b = append(b, byte(s.State), byte(len(s.Type)), byte(len(s.Source)), byte(len(s.Target)))
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Size))
	b = binary.LittleEndian.AppendUint32(b, uint32(s.Left/time.Millisecond))
	b = binary.LittleEndian.AppendUint32(b, 0)
	return append(append(append(b, s.Type...), s.Source...), s.Target...)
}

// parseStatus reads the reply's whole body.
func parseStatus(b []byte) (s Status, err error) {
	if len(b) < statusHead {
		return s, fmt.Errorf("%w: a status of %d bytes", errMalformed, len(b))
	}
	texts := b[statusHead:]
	mime, source, target := int(b[9]), int(b[10]), int(b[11])
	if mime+source+target != len(texts) || State(b[8]) > Withheld {
		return s, fmt.Errorf("%w: a status whose head is % x", errMalformed, b[:statusHead])
	}
	s = Status{Change: binary.LittleEndian.Uint64(b), State: State(b[8]), Size: int(binary.LittleEndian.Uint32(b[12:])),
		Type: string(texts[:mime]), Source: string(texts[mime : mime+source]), Target: string(texts[mime+source:]),
		Left: time.Duration(binary.LittleEndian.Uint32(b[16:])) * time.Millisecond}
	return s, s.check()
}

// check looks at texts that are printed.
func (s Status) check() error {
	ok := func(text string, valid func(string) bool) bool { return text == "" || valid(text) }
	if !ok(s.Type, validType) || !ok(s.Source, validName) || !ok(s.Target, validName) {
		return fmt.Errorf("%w: a status with the texts %q, %q, %q", errMalformed, s.Type, s.Source, s.Target)
	}
	return nil
}
