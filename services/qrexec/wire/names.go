// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Names: of services, domains and requests. What may be in them, and what becomes of the rest. Any goroutine.

package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Errors of requests that are refused.
var (
	errIdent   = errors.New("its number is no name of up to 31 letters, digits, spaces and any of _.-")
	errService = errors.New("it names no service")
	errNUL     = errors.New("a name does not end with a NUL where it should")
)

// alphanumeric reports whether a byte is a letter or a digit, or stands in more.
func alphanumeric(c byte, more string) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(more, c) >= 0
}

// clean puts an underscore where a name has what names do not have.
func clean(s, more string) string {
	b := []byte(s)
	for i, c := range b {
		if !alphanumeric(c, more) {
			b[i] = '_'
		}
	}
	return string(b)
}

// CleanService returns the name of a service with its argument as a policy may see it.
func CleanService(s string) string { return clean(s, "_.-+") }

// CleanDomain returns a domain's name, or a word like @default that stands for one, as a policy may see it.
func CleanDomain(s string) string { return clean(s, "_.-@:") }

// CheckService returns an error unless a service with its argument can be called by that name as it is.
func CheckService(s string) error {
	switch {
	case s == "" || s[0] == '+':
		return fmt.Errorf("%.60q names no service", s)
	case CleanService(s) != s:
		return fmt.Errorf("%.60q has other characters than letters, digits and any of _.-+", s)
	}
	return nil
}

// CheckDomain returns an error unless a domain can be called by that name; the empty one is the daemon's choice.
func CheckDomain(s string) error {
	switch {
	case CleanDomain(s) != s:
		return fmt.Errorf("%.60q has other characters than letters, digits and any of _.-@:", s)
	case len(s) >= domainSize:
		return fmt.Errorf("%.60q has more than %d characters", s, domainSize-1)
	}
	return nil
}

// Ident is the number of a request as its sender chose it: a name in 32 bytes, the rest of them zeros.
type Ident [identSize]byte

// NewIdent makes an Ident of a name, which must not have more than 31 characters.
func NewIdent(s string) (Ident, error) {
	var id Ident
	if len(s) >= identSize {
		return id, fmt.Errorf("%w: %.60q", errIdent, s)
	}
	copy(id[:], s)
	return id, id.check()
}

// String returns the name, up to the first NUL.
func (id Ident) String() string {
	name, _, _ := bytes.Cut(id[:], []byte{0})
	return string(name)
}

// check wants a name and then nothing but zeros.
func (id Ident) check() error {
	name, rest, ended := bytes.Cut(id[:], []byte{0})
	if !ended || len(bytes.Trim(rest, "\x00")) > 0 {
		return errIdent
	}
	for _, c := range name {
		if !alphanumeric(c, "_.- ") {
			return errIdent
		}
	}
	return nil
}

// field takes a name out of a field of fixed size, which must have a NUL.
func field(b []byte) (string, error) {
	name, _, ended := bytes.Cut(b, []byte{0})
	if !ended {
		return "", errNUL
	}
	return string(name), nil
}

// line takes a name that fills all of b up to one NUL at its end.
func line(b []byte) (string, error) {
	if name, rest, ended := bytes.Cut(b, []byte{0}); ended && len(rest) == 0 {
		return string(name), nil
	}
	return "", errNUL
}
