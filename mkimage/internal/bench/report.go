// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Samples and where they come from. Runs on the host.

package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Figure is one thing that was measured, once in each run.
type Figure struct {
	Name    string
	Unit    string
	Samples []float64
}

// A Subject is what was measured: a domain, a Linux process.
type Subject struct {
	Name    string
	Figures []*Figure
}

// A Report is everything measured in one lab run.
type Report struct {
	When     time.Time
	Mode     string // of the lab; figures of different modes are not comparable
	Versions string // of what the lab runs
	Go       string // release of the toolchain
	Subjects []*Subject
}

// Subject returns the subject of that name, a new one if need be.
func (r *Report) Subject(name string) *Subject {
	for _, s := range r.Subjects {
		if s.Name == name {
			return s
		}
	}
	s := &Subject{Name: name}
	r.Subjects = append(r.Subjects, s)
	return s
}

// Add adds a sample to a figure.
func (s *Subject) Add(name string, value float64, unit string) {
	f := s.figure(name)
	if f == nil {
		f = &Figure{Name: name, Unit: unit}
		s.Figures = append(s.Figures, f)
	}
	f.Samples = append(f.Samples, value)
}

func (s *Subject) figure(name string) *Figure {
	for _, f := range s.Figures {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Read adds a sample for each line of the benchmark program's output: a name,
// which may have spaces, a number and a unit.
func (s *Subject) Read(output string) error {
	for line := range strings.Lines(output) {
		words := strings.Fields(line)
		if len(words) < 3 {
			return fmt.Errorf("the benchmark program printed %q, which is no figure", line)
		}
		n := len(words) - 2
		value, err := strconv.ParseFloat(words[n], 64)
		if err != nil {
			return fmt.Errorf("the benchmark program printed %q, which is no figure", line)
		}
		s.Add(strings.Join(words[:n], " "), value, words[n+1])
	}
	return nil
}

// Median returns the middle sample, or the mean of the two in the middle.
func (f *Figure) Median() float64 {
	sorted := slices.Sorted(slices.Values(f.Samples))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Spread returns the smallest and the largest sample.
func (f *Figure) Spread() (least, most float64) {
	return slices.Min(f.Samples), slices.Max(f.Samples)
}

// Load reads a report that Save wrote.
func Load(path string) (*Report, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("%s is not a report of mkimage bench: %w", path, err)
	}
	return &r, r.check(path)
}

// check finds what would break the arithmetic.
func (r *Report) check(path string) error {
	for _, s := range r.Subjects {
		for _, f := range s.Figures {
			if len(f.Samples) == 0 {
				return fmt.Errorf("%s has no samples of %s: measure again", path, f.Name)
			}
		}
	}
	return nil
}

// JSON returns the report as Load reads it.
func (r *Report) JSON() ([]byte, error) {
	data, err := json.MarshalIndent(r, "", "\t")
	return append(data, '\n'), err
}
