// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package rt stands in for domlet's runtime in the tests of mkimage.
package rt

import _ "github.com/domlet/domlet/rt/kernel"

// AtMain is what the file beside a program's own calls.
func AtMain() {}
