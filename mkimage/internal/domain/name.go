// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Names of domains. Pure; runs on the host and in dom0.

package domain

import (
	"crypto/rand"
	"encoding/hex"
	"regexp"
	"strings"
)

// notInName matches what a domain's name must not contain.
var notInName = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// NewName returns a name for a domain that runs a program. No other domain has
// it: it ends with 32 random bits.
func NewName(program string) string {
	name := strings.Trim(notInName.ReplaceAllString(program, "-"), "-.")
	if name == "" || !isLetter(name[0]) {
		name = "domlet-" + name
	}
	var random [4]byte
	rand.Read(random[:]) // never fails
	return name[:min(len(name), 40)] + "-" + hex.EncodeToString(random[:])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
