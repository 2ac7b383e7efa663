// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a domain reads, on its way to its console. Runs in dom0.

package domain

import "io"

// Bytes that mean something to a domain with console=pipe (rt/posix, terminal.go).
const (
	escape = 0x10 // before itself, or ending
	ending = 0x04 // after escape: the end
)

// feed writes what comes from in to the terminal, until there is no more, or no
// terminal. Where the domain's console is no terminal itself, the end is told. The
// domain reads as fast as it likes: the terminal, and then this, waits for it.
func (c *console) feed(in io.Reader, raw bool) {
	buf := make([]byte, 4096)
	for in != nil {
		n, err := in.Read(buf)
		chunk := buf[:n]
		if !raw {
			chunk = escaped(chunk)
		}
		if _, lost := c.tty.Write(chunk); lost != nil {
			return
		}
		if err != nil {
			break
		}
	}
	if !raw {
		c.tty.Write([]byte{escape, ending})
	}
}

// escaped returns data with each escape twice.
func escaped(data []byte) []byte {
	out := make([]byte, 0, len(data)+16)
	for _, b := range data {
		if b == escape {
			out = append(out, escape)
		}
		out = append(out, b)
	}
	return out
}
