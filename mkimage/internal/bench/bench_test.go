// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Reports read, printed, saved and compared. Runs on the host.

package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sample is a report with one figure that took these values.
func sample(values ...float64) *Report {
	r := &Report{When: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), Mode: "test", Versions: "Xen 1", Go: "go1.26"}
	for _, v := range values {
		r.Subject("domain").Add("clock read", v, "ns")
	}
	return r
}

func TestRead(t *testing.T) {
	var r Report
	s := r.Subject("domain")
	for _, text := range []string{"clock read 10.5 ns\nevent 7 ns\n", "clock read 11.5 ns\n"} {
		if err := s.Read(text); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.Figures) != 2 || s.Figures[0].Name != "clock read" || s.Figures[0].Median() != 11 {
		t.Errorf("figures are %+v", s.Figures)
	}
	for _, text := range []string{"panic: no\n", "a b\n", "\n", "clock read fast ns\n"} {
		if err := s.Read(text); err == nil || !strings.Contains(err.Error(), "no figure") {
			t.Errorf("Read(%q) = %v", text, err)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		samples []float64
		want    float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		if got := (&Figure{Samples: c.samples}).Median(); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.samples, got, c.want)
		}
	}
}

func TestPrint(t *testing.T) {
	var out strings.Builder
	report := sample(1500, 1400, 1600)
	report.Subject("Linux").Add("clock read", 20, "ns")
	report.Subject("Linux").Add("size", 7, "bytes")
	if err := report.Print(&out, sample(1000, 900)); err != nil {
		t.Fatal(err)
	}
	want := `2026-01-02 03:04; test; Xen 1; go1.26

medians     domain  Linux
clock read  1.5 µs  20 ns
size                7 bytes

domain      median  least   most    before
clock read  1.5 µs  1.4 µs  1.6 µs  950 ns (+57.9 %) *

Linux       median   least    most     before
clock read  20 ns    20 ns    20 ns    
size        7 bytes  7 bytes  7 bytes  
`
	if out.String() != want {
		t.Errorf("printed:\n%s", out.String())
	}
}

// TestChange marks a change only when the spreads do not meet.
func TestChange(t *testing.T) {
	for _, c := range []struct {
		now, old *Report
		want     string
	}{
		{sample(10, 12), sample(11, 13), "12 ns (-8.3 %)"},
		{sample(10, 12), sample(20, 22), "21 ns (-47.6 %) *"},
		{sample(10), sample(0), ""},
		{sample(10), &Report{}, ""},
		{sample(10), nil, ""},
	} {
		got := c.now.Subjects[0].Figures[0].change(c.old.find("domain", "clock read"))
		if got != c.want {
			t.Errorf("change is %q, want %q", got, c.want)
		}
	}
}

func TestSaveAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.json")
	data, err := sample(1, 2, 3).JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Load(path)
	if err != nil || r.Mode != "test" || r.Subjects[0].Figures[0].Median() != 2 {
		t.Errorf("Load = %+v, %v", r, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"no json": "not a report",
		`{"Subjects":[{"Figures":[{"Name":"x"}]}]}`: "no samples of x",
	} {
		path := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Load of %q = %v", text, err)
		}
	}
}
