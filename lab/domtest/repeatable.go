// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Measurements, in the lab whose clock counts instructions: two runs of a test agree
// within a few percent, whatever else the machine does. Host; boots domains.

package domtest

import (
	"slices"
	"testing"

	"github.com/domlet/domlet/lab"
)

// Repeatable is that lab.
func Repeatable(t *testing.T) *lab.Lab {
	t.Helper()
	l, err := lab.Open(t.Context(), lab.Options{Kind: lab.Kind{Repeatable: true}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// DomainOf starts a program as a domain of a lab, with flags of mkimage run.
func DomainOf(t *testing.T, l *lab.Lab, mode, name string, flags []string, pkg string, words ...string) *Speaker {
	t.Helper()
	tool, err := l.Mkimage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run := []string{tool, "run", "--type=" + mode, "--tsc-mode=native", "--memory=64", "--name=" + name}
	run = append(slices.Concat(run, flags), Keep(t, l, Image(t, pkg)), "--")
	return Process(t, l.Remote, nil, append(run, words...)...)
}

// Keep copies a file into a lab's dom0. The lab's own store keeps files by their age,
// and an idle lab of this kind ages fast.
func Keep(t *testing.T, l *lab.Lab, file string) string {
	t.Helper()
	remote := "/tmp/" + Unique()
	if err := l.Put(t.Context(), file, remote); err != nil {
		t.Fatal(err)
	}
	return remote
}
