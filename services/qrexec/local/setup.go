// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How the two commands of a Linux system connect to other domains, and to each other. One goroutine.

package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/bysocket"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/xen/abi"
	xen "github.com/domlet/domlet/xen/platform/local"
)

// Directory is where an agent's sockets are by default.
const Directory = "/run/domlet-qrexec"

// CallsSocket is where an agent in a directory takes requests.
func CallsSocket(dir string) string { return filepath.Join(dir, "calls") }

// StatusSocket is where an agent in a directory says how it is doing, in lines, to whoever connects.
func StatusSocket(dir string) string { return filepath.Join(dir, "status") }

// Transport is what the flag -vchan says: "xen", with rings of so many bytes where this end listens, or "socket:DIR", for the
// domain whose number is in VCHAN_DOMAIN, and in VCHAN_SOCKET_DIR without a DIR.
func Transport(ctx context.Context, vchan string, ring int, start func(func())) (qrexec.Transport, error) {
	if vchan == "xen" {
		p, err := xen.Open(ctx)
		if err != nil {
			return nil, err
		}
		return &byvchan.Transport{Platform: p, Ring: ring}, nil
	}
	dir, ok := strings.CutPrefix(vchan, "socket:")
	if !ok {
		return nil, fmt.Errorf("-vchan is %q, not xen or socket:DIR", vchan)
	}
	own, err := strconv.ParseUint(os.Getenv("VCHAN_DOMAIN"), 10, 15)
	if err != nil {
		return nil, errors.New("VCHAN_DOMAIN must be this domain's number where -vchan is socket:DIR")
	}
	return &bysocket.Transport{Dir: socketDir(dir), Domain: abi.Domid_t(own), Go: start}, nil
}

// socketDir is where sockets are.
func socketDir(dir string) string {
	switch env := os.Getenv("VCHAN_SOCKET_DIR"); {
	case dir != "":
		return dir
	case env != "":
		return env
	}
	return bysocket.Directory
}
