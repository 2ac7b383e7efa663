// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The connections of a Linux process. Any goroutine.

//go:build !domlet

package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// places are where xenstored can be reached. The sockets are xenstored's own,
// in the domain that it runs in; the devices are the kernel's.
var places = []string{
	"/run/xenstored/socket", "/var/run/xenstored/socket",
	"/dev/xen/xenbus", "/proc/xen/xenbus",
}

// Open returns a new connection to xenstored.
func Open(ctx context.Context) (*store.Client, error) { return openAt(ctx, places) }

// OpenAt is Open with a socket or device in another place.
func OpenAt(ctx context.Context, path string) (*store.Client, error) {
	return openAt(ctx, []string{path})
}

// openAt tries places in order, until one is there.
func openAt(ctx context.Context, places []string) (*store.Client, error) {
	for _, path := range places {
		conn, options, err := dial(ctx, path)
		if err == nil {
			return store.New(conn, options), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("xenstore: cannot reach xenstored at %s: %w (be root)", path, err)
		}
	}
	return nil, fmt.Errorf("xenstore: no xenstored here: there is no %s", strings.Join(places, " or "))
}

// device is how Linux's driver differs from a xenstored: it keeps one request of an
// open device until xenstored has it, and a second one written meanwhile takes its
// place, so there is one at a time; a message has a page with its header; and what
// it refuses, it refuses by an error of write.
var device = store.Options{Outstanding: 1, Payload: abi.XENSTORE_PAYLOAD_MAX - 16, Refused: refused}

// refusals are errors of a write to the device that are about that message alone, as
// xenstored names them: of a watch, which Linux makes itself, Linux passes xenstored's on.
var refusals = map[syscall.Errno]string{
	syscall.E2BIG:  "E2BIG",
	syscall.EINVAL: "EINVAL",
	syscall.ENOSPC: "ENOSPC",
	syscall.EACCES: "EACCES",
	syscall.ENOENT: "ENOENT",
	syscall.ENOMEM: "ENOMEM",
}

// refused returns the name of such an error; empty: it is none.
func refused(err error) string {
	var errno syscall.Errno
	errors.As(err, &errno)
	return refusals[errno]
}

// dial connects to a socket, which serves dom0 and knows no relative paths, or
// opens a device, whose domain xenstored knows.
func dial(ctx context.Context, path string) (conn io.ReadWriteCloser, o store.Options, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, o, err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		conn, err = os.OpenFile(path, os.O_RDWR, 0)
		return conn, device, err
	}
	conn, err = new(net.Dialer).DialContext(ctx, "unix", path)
	return conn, store.Options{Home: store.DomainPath(0)}, err
}
