// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package labtest gives tests the lab: booted when the first test of a package
// needs it, kept while the package's tests run, and ended with them if it was they
// who started it. It runs on the developer's machine.
//
// A package calls [Main] from its TestMain and [Need] from each test. Packages
// whose tests run at the same time share one lab; it ends when the last of them is
// done. DOMLET_LAB_KEEP=1 leaves it up, for the next run.
package labtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/domlet/domlet/lab"
)

// held is this test binary's connection. It lasts for the whole run, so that the
// lab never counts as unused between two tests.
var held struct {
	sync.Mutex
	lab *lab.Lab
}

// Need returns the lab. It leaves the test out of a -short run, visibly, and fails
// it when the lab cannot be set up. The connection is shared: do not close it.
func Need(t testing.TB) *lab.Lab {
	t.Helper()
	if testing.Short() {
		t.Skip("uses the lab; run without -short")
	}
	held.Lock()
	defer held.Unlock()
	if held.lab == nil {
		l, err := lab.Open(t.Context(), lab.Options{})
		if err != nil {
			t.Fatal(err)
		}
		held.lab = l
	}
	return held.lab
}

// Main runs a package's tests and returns the exit code for os.Exit.
func Main(m *testing.M) int {
	code := m.Run()
	if err := release(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return code
}

// release lets a lab go, and end if it was started here.
func release() error {
	held.Lock()
	defer held.Unlock()
	if held.lab == nil {
		return nil
	}
	l := held.lab
	held.lab = nil
	defer l.Close()
	if !l.Started() || os.Getenv("DOMLET_LAB_KEEP") == "1" {
		return nil
	}
	return l.EndSoon()
}

// Explain writes what is known about a domain to the test's log if the test has
// failed. Use it with t.Cleanup or defer.
func Explain(t testing.TB, domain string) {
	t.Helper()
	held.Lock()
	defer held.Unlock()
	if t.Failed() && held.lab != nil {
		t.Log(held.lab.Diagnose(context.Background(), domain))
	}
}
