// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Where the two ends of a connection meet, and how what it is made of is given back. Any goroutine.

package vchan

import (
	"fmt"
	"strings"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// Path is where servers of Qubes OS meet their clients: the path below the server's own at which it listens for connections
// of a client to a port.
func Path(client abi.Domid_t, port uint32) string {
	return fmt.Sprintf("%s/%d/%d", custom, client, port)
}

// custom is where servers of Qubes OS have a directory for each of their clients.
const custom = "data/vchan"

// at makes a path of the domain's own absolute; one that begins with a slash is already.
func at(domain abi.Domid_t, path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return store.DomainPath(domain) + "/" + path
}

// The nodes below a path. A client waits for the second, so it is written last.
const (
	refNode  = "/ring-ref"
	portNode = "/event-channel"
)

// estate is what belongs to a connection and is given back with it.
type estate []func() error

// add notes one more thing to give back.
func (e *estate) add(f func() error) { *e = append(*e, f) }

// release gives back everything, the latest first.
func (e *estate) release() (err error) {
	for i := len(*e) - 1; i >= 0; i-- {
		err = both(err, (*e)[i]())
	}
	*e = nil
	return err
}

// unless gives back everything if err is not nil, and returns err.
func (e *estate) unless(err error) error {
	if err != nil {
		err = both(err, e.release())
	}
	return err
}

// both is an error of two, in one line; either may be nil.
func both(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return fmt.Errorf("%w; %w", a, b)
}
