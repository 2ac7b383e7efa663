// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// String literals of xl.cfg. Runs on the host and in dom0.

package xlcfg

import (
	"fmt"
	"strings"
)

// quote writes s as a string literal of xl.cfg.
//
// xl reads the bytes between double quotes as they are, up to a backslash or
// the closing quote; only a newline cannot stand there. Of the escapes, those
// for numbers are unusable: xl refuses some and drops others. So three bytes
// are escaped and every other one is written raw. A NUL would end the string
// inside xl and is an error.
func quote(s string) (string, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return "", fmt.Errorf("%q contains a NUL byte, which xl cannot read", s)
	}
	return `"` + escaper.Replace(s) + `"`, nil
}

// escaper holds the only escapes quote needs.
var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
