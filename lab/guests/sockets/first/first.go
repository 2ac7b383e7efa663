// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package first listens and dials at package initialization. Its import path
// sorts before those of the network, and it imports none of it.
package first

import "net"

// Err is why that did not work, if it did not.
var Err = dial()

func dial() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	return c.Close()
}
