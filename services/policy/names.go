// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Names: which characters those of domains, tags, services and arguments may
// have. Any goroutine.

package policy

import "strings"

// maxName is the length in bytes of the longest name of a domain, a tag, a type
// or a user: a field of 64 bytes in qrexec's messages holds it with its NUL.
const maxName = 63

// adminName is dom0's name where no token stands for it.
const adminName = "dom0"

// adminUUID is dom0's UUID.
const adminUUID = "00000000-0000-0000-0000-000000000000"

// ValidName reports whether a domain, a tag, a type or a user can be called
// that: letters, digits and _.- only, not more than 63, and no - in front.
func ValidName(s string) bool {
	return s != "" && len(s) <= maxName && s[0] != '-' && onlyNameBytes(s)
}

// onlyNameBytes reports whether s has letters, digits and _.- only.
func onlyNameBytes(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-') {
			return false
		}
	}
	return true
}

// validService reports whether s can be a service's name.
func validService(s string) bool { return s != "" && onlyNameBytes(s) }

// validArgument reports whether s can be an argument, with its plus.
func validArgument(s string) bool {
	return s != "" && s[0] == '+' && onlyNameBytes(strings.ReplaceAll(s, "+", ""))
}

// parseUUID returns a UUID in lower case. False: it is none.
func parseUUID(s string) (string, bool) {
	if len(s) != len(adminUUID) {
		return "", false
	}
	for i := range len(s) {
		c, dash := s[i]|0x20, adminUUID[i] == '-'
		if dash != (s[i] == '-') || !dash && !(c >= 'a' && c <= 'f' || s[i] >= '0' && s[i] <= '9') {
			return "", false
		}
	}
	return strings.ToLower(s), true
}
