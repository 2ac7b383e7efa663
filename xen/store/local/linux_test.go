// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The socket, with a xenstored in memory behind it. Host.

//go:build !domlet

package local

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/domlet/domlet/xen/xentest/xenstored"
)

func TestSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := xenstored.New()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		theirs := d.Connect(0)
		go io.Copy(conn, theirs)
		io.Copy(theirs, conn)
	}()
	c, err := OpenAt(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Write(t.Context(), "data/x", "1"); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Read(t.Context(), "/local/domain/0/data/x"); got != "1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestNoXenstored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	if _, err := OpenAt(t.Context(), path); err == nil || !strings.Contains(err.Error(), "there is no "+path) {
		t.Error(err)
	}
}
