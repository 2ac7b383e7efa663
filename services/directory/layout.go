// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The nodes, as both sides know them. Any goroutine.

package directory

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// The directories below a domain's own path.
const (
	clientsDir  = "domlet/clients"
	servicesDir = "domlet/services"
)

// attachmentLength is the length of a number of 128 bits in hexadecimal digits.
const attachmentLength = 32

// ClientsPath is the directory of the clients of a service's domain.
func ClientsPath(service abi.Domid_t) string { return store.DomainPath(service) + "/" + clientsDir }

// ServicesPath is the directory of the services that a client has.
func ServicesPath(client abi.Domid_t) string { return store.DomainPath(client) + "/" + servicesDir }

// Entry returns the path of one domain's node in one of these directories.
func Entry(dir string, id abi.Domid_t) string { return dir + "/" + strconv.Itoa(int(id)) }

// Half returns the path of the attachment's number below an entry.
func Half(entry string) string { return entry + "/attachment" }

// ParseID reads the last part of an entry's path.
func ParseID(name string) (abi.Domid_t, bool) {
	id, err := strconv.ParseUint(name, 10, 15)
	return abi.Domid_t(id), err == nil && strconv.Itoa(int(id)) == name
}

// FormatEntry returns the value of an entry.
func FormatEntry(attachment, rest string) string { return attachment + " " + rest }

// ParseEntry takes the value of an entry apart. False: it is none.
func ParseEntry(value string) (attachment, rest string, ok bool) {
	attachment, rest, ok = strings.Cut(value, " ")
	return attachment, rest, ok && len(attachment) == attachmentLength
}

// parseClient reads the value of a client's entry.
func parseClient(id abi.Domid_t, value string) (*Client, bool) {
	attachment, line, ok := ParseEntry(value)
	if !ok {
		return nil, false
	}
	domain, err := policy.ParseDomain(line)
	return &Client{ID: id, Attachment: attachment, Domain: domain}, err == nil
}

// isAbsent reports whether an error says that a node is not there. xenstored does
// not tell a domain that may not read a node's parent whether there is one.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}
