// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Records and pages. Host only.

package stdtests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// record opens a record that the test closes.
func record(t *testing.T, name string) *Record {
	t.Helper()
	r, err := OpenRecord(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// TestRecord writes, loses half a line, and reads again.
func TestRecord(t *testing.T) {
	name := filepath.Join(t.TempDir(), "record")
	r := record(t, name)
	for _, o := range []Outcome{
		{Path: "p", Kind: "pv", Verdict: Fail}, {Path: "p", Kind: "pvh", Verdict: Hang}, {Path: "p", Kind: "pv", Verdict: Pass},
	} {
		if err := r.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	r.Close()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("{\"Path\":\"q\",\"Ki"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for range 2 { // the second time after a write behind what was dropped
		r = record(t, name)
		if a, b, c := r.Get("p", "pv").Verdict, r.Get("p", "pvh").Verdict, r.Get("q", "pv").Verdict; a != Pass || b != Hang || c != Unlooked {
			t.Errorf("%q %q %q", a, b, c)
		}
		if err := r.Add(Outcome{Path: "r", Kind: "pv", Verdict: Pass}); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	if err := os.WriteFile(name, []byte("no JSON\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenRecord(name); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Error(err)
	}
}

func TestPage(t *testing.T) {
	r := record(t, filepath.Join(t.TempDir(), "record"))
	for _, o := range []Outcome{
		{Path: "sync", Kind: "pv", Verdict: Pass, Passed: 20, Skipped: 1},
		{Path: "io", Kind: "pv", Verdict: Fail, Passed: 3, Failed: []string{"TestA", "TestB"}},
		{Path: "io", Kind: "pvh", Verdict: Hang, Said: "panic: x"},
	} {
		if err := r.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	p := Page{Release: "go1", Kinds: []string{"pv", "pvh"}, Paths: []string{"never", "io", "sync", "time"}, All: 9, Record: r}
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Of 9 packages, 4 have tests.", "| pv | 1 | 1 | 0 | 0 | 0 | 2 |\n| pvh | 0 | 0 | 1 | 0 | 0 | 3 |",
		"| io | **fail** | **hang** | 0 | 0 |", "| sync | 20 | | 1 | 2 |",
		"- io, pv: TestA, TestB\n- io, pvh: `panic: x`\n", "- sync, TestMutexMisuse: starts itself again", "- time: the time zones; lib/time of GOROOT\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "never") {
		t.Error("a package that never ran is shown")
	}
}
