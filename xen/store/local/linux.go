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

// dial connects to a socket, which serves dom0 and knows no relative paths, or
// opens a device, whose domain xenstored knows. Linux keeps one request of an
// open device until xenstored has it, and a second one written meanwhile takes
// its place: so there is one at a time.
func dial(ctx context.Context, path string) (conn io.ReadWriteCloser, o store.Options, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, o, err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		conn, err = os.OpenFile(path, os.O_RDWR, 0)
		return conn, store.Options{Outstanding: 1}, err
	}
	conn, err = new(net.Dialer).DialContext(ctx, "unix", path)
	return conn, store.Options{Home: store.DomainPath(0)}, err
}
