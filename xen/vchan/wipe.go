// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Connections whose bytes must not stay in memory. Any goroutine.

package vchan

// overwrite makes a server's connection, before anybody uses it, one that overwrites. A client's cannot: it may only read the
// ring that the server writes.
func (c *Conn) overwrite() {
	c.wipes = true
	c.reading.stream.Overwrite()
	c.writing.stream.Overwrite()
}

// wipe puts zeros over both rings at the connection's end. Calls that move bytes have been told of the end, and leave.
func (c *Conn) wipe() {
	for _, f := range []*flow{&c.reading, &c.writing} {
		f.mu.Lock()
		f.stream.Wipe()
		f.mu.Unlock()
	}
}
