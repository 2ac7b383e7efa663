// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What names and types may look like, and what is taken out of text. Any goroutine.

package clipboard

import (
	"strings"
	"unicode/utf8"
)

// maxType and maxName bound a type and a name, in bytes.
const (
	maxType = 127
	maxName = 63
)

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// validType reports whether text can be a MIME type: RFC 6838's names, and parameters without quotes or spaces. It goes into logs
// and to other clients.
func validType(text string) bool {
	major, minor, ok := strings.Cut(text, "/")
	return ok && major != "" && minor != "" && len(text) <= maxType &&

		only(major, alphanumeric+"!#$&^_.+-") && only(minor, alphanumeric+"!#$&^_.+-;=")
}

// validName reports whether text can be the name of a domain.
func validName(text string) bool {
	return text != "" && len(text) <= maxName && text[0] != '-' && only(text, alphanumeric+"_.-")
}

// only reports whether text has no other characters than these.
func only(text, these string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(these, r) }) < 0
}

// isText reports whether contents of that type are text in UTF-8.
func isText(mime string) bool { return len(mime) >= 5 && strings.EqualFold(mime[:5], "text/") }

// strip takes control characters other than tab and line feed out of text, and bytes that are no UTF-8: in place, so that
// nothing of it is anywhere else. What is left behind the end becomes zeros.
func strip(text []byte) int {
	to := 0
	for from := 0; from < len(text); {
		r, n := utf8.DecodeRune(text[from:])
		if keeps(r, n) {
			to += copy(text[to:], text[from:from+n])
		}
		from += n
	}
	clear(text[to:])
	return to
}

// keeps reports whether a character of n bytes stays: not C0 but for tab and line feed, not DEL, not C1, not the sign that
// there is no character.
func keeps(r rune, n int) bool {
	switch {
	case r == '\t' || r == '\n':
		return true
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return false
	}
	return r != utf8.RuneError || n > 1
}
