// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The package's run. Host; boots domains.

package clipboard

import (
	"fmt"
	"os"
	"testing"

	"github.com/domlet/domlet/lab/domtest"
	"github.com/domlet/domlet/lab/labtest"
)

func TestMain(m *testing.M) {
	if err := labtest.OwnLab("clipboard"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(domtest.Main(m))
}
