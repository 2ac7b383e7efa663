// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The socket and the device, with a xenstored in memory behind them. Host.

//go:build !domlet

package local

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
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

// driver is /dev/xen/xenbus: Linux makes watches itself, and what xenstored answers to that is the error of the write; so is
// its own refusal of a message that does not fit its page.
type driver struct{ io.ReadWriteCloser }

func (d driver) Write(p []byte) (int, error) {
	errno := syscall.Errno(0)
	switch kind := binary.LittleEndian.Uint32(p); {
	case len(p) > 4096:
		errno = syscall.EINVAL
	case kind == abi.XS_WATCH && strings.Contains(string(p), "many"):
		errno = syscall.E2BIG
	case kind == abi.XS_WATCH && strings.Contains(string(p), "//"):
		errno = syscall.EINVAL
	case kind == abi.XS_WRITE && strings.Contains(string(p), "broken"):
		errno = syscall.EIO
	}
	if errno != 0 {
		return 0, &fs.PathError{Op: "write", Path: "/dev/xen/xenbus", Err: errno}
	}
	return d.ReadWriteCloser.Write(p)
}

// TestDeviceRefuses: what the driver refuses is refused like by xenstored, and the connection is none the worse.
func TestDeviceRefuses(t *testing.T) {
	c := store.New(driver{xenstored.New().Connect(0)}, device)
	defer c.Close()
	for path, want := range map[string]string{"/many": "--watch-nb", "/a//b": "malformed"} {
		var refused *store.Error
		for _, err := range c.Watch(t.Context(), path) {
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) || errors.Is(err, store.ErrQuota) != (path == "/many") {
				t.Errorf("watch %s: %v", path, err)
			}
		}
	}
	if err := c.Write(t.Context(), "/x", strings.Repeat("x", 4080)); err == nil || !strings.Contains(err.Error(), "more than the 4080 of a message") {
		t.Error(err)
	}
	if err := c.Write(t.Context(), "/x", strings.Repeat("x", 2000)); err != nil {
		t.Error(err)
	}
	for changed, err := range c.Watch(t.Context(), "/x") {
		if changed != "/x" || err != nil {
			t.Errorf("%q, %v", changed, err)
		}
		break
	}
	for range 2 {
		if err := c.Write(t.Context(), "/broken", ""); !errors.Is(err, syscall.EIO) {
			t.Errorf("the device is broken: %v", err)
		}
	}
}
