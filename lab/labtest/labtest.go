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

// held are this test binary's connections, by the labs' numbers of processors.
// They last for the whole run, so that a lab never counts as unused between two
// tests.
var held struct {
	sync.Mutex
	labs map[int]*lab.Lab
}

// Need returns the lab. It leaves the test out of a -short run, visibly, and fails
// it when the lab cannot be set up. The connection is shared: do not close it.
func Need(t testing.TB) *lab.Lab {
	t.Helper()
	return NeedSMP(t, 1)
}

// NeedSMP does as Need does for the lab with that many processors.
func NeedSMP(t testing.TB, processors int) *lab.Lab {
	t.Helper()
	if testing.Short() {
		t.Skip("uses the lab; run without -short")
	}
	held.Lock()
	defer held.Unlock()
	if l := held.labs[processors]; l != nil {
		return l
	}
	l, err := lab.Open(t.Context(), lab.Options{Kind: lab.Kind{SMP: processors}})
	if err != nil {
		t.Fatal(err)
	}
	if held.labs == nil {
		held.labs = map[int]*lab.Lab{}
	}
	held.labs[processors] = l
	return l
}

// OwnLab gives this package's tests a lab that other packages do not use, so that
// they can run at the same time: one lab keeps one processor busy. Call it before
// Main.
func OwnLab(name string) error {
	dir, err := lab.StateDir()
	if err != nil {
		return err
	}
	return os.Setenv("DOMLET_LAB_DIR", dir+"-"+name)
}

// Main runs a package's tests and returns the exit code for os.Exit.
func Main(m *testing.M) int {
	code := m.Run()
	held.Lock()
	defer held.Unlock()
	for _, l := range held.labs {
		if err := release(l); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	held.labs = nil
	return code
}

// release lets a lab go, and end if it was started here.
func release(l *lab.Lab) error {
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
	for _, l := range held.labs {
		if t.Failed() {
			t.Log(l.Diagnose(context.Background(), domain))
		}
	}
}
