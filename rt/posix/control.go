// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The layout of control messages (struct cmsghdr), for carriers of sockets, too.

package posix

// controlHeader is the size of struct cmsghdr: length (8), level (4), type (4).
const controlHeader = 16

// controlSpace is a control message's length with its padding.
func controlSpace(data int) int { return controlHeader + (data+7)&^7 }

// AppendControl appends one control message to b.
func AppendControl(b []byte, level, kind int, data []byte) []byte {
	at := len(b)
	b = append(b, make([]byte, controlSpace(len(data)))...)
	put64(b[at:], uint64(controlHeader+len(data)))
	put32(b[at+8:], uint32(level))
	put32(b[at+12:], uint32(kind))
	copy(b[at+controlHeader:], data)
	return b
}

// CutControl splits the first control message off b, which the program laid out:
// ok is false when it is none.
func CutControl(b []byte) (level, kind int, data, rest []byte, ok bool) {
	if len(b) < controlHeader {
		return 0, 0, nil, nil, false
	}
	n := get64(b)
	if n < controlHeader || n > uint64(len(b)) {
		return 0, 0, nil, nil, false
	}
	data = b[controlHeader:n]
	rest = b[min(controlSpace(len(data)), len(b)):]
	return int(int32(get32(b[8:]))), int(int32(get32(b[12:]))), data, rest, true
}
