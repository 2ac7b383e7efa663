// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Paths: what may be sent, and where a relative one starts. Any goroutine.

package store

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/domlet/domlet/xen/abi"
)

// DomainPath is the path below which a domain has its nodes.
func DomainPath(id abi.Domid_t) string { return "/local/domain/" + strconv.Itoa(int(id)) }

// checkPath refuses what would not be one string on the wire, or too long. Which
// characters a name may have is left to xenstored.
func checkPath(path string) error {
	most := abi.XENSTORE_REL_PATH_MAX
	if strings.HasPrefix(path, "/") {
		most = abi.XENSTORE_ABS_PATH_MAX
	}
	switch {
	case path == "":
		return fmt.Errorf("xenstore: the path is empty")
	case strings.ContainsRune(path, 0):
		return fmt.Errorf("xenstore: the path %q has a zero byte", path)
	case len(path) > most:
		return fmt.Errorf("xenstore: the path %.20s... has %d bytes, at most %d are allowed", path, len(path), most)
	}
	return nil
}

// absolute returns the path to send for one that a caller gave: the same, where
// xenstored knows where relative paths of this connection start.
func (c *Client) absolute(path string) (string, error) {
	if err := checkPath(path); err != nil {
		return "", err
	}
	if c.options.Home == "" || path[0] == '/' || path[0] == '@' {
		return path, nil
	}
	return c.options.Home + "/" + path, nil
}
