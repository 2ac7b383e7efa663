// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The package's run. Host; boots domains.

package forbidden

import (
	"os"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
)

func TestMain(m *testing.M) { os.Exit(domtest.Main(m, "forbidden")) }
