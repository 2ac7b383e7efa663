// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Reports as tables. Runs on the host.

package bench

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
)

// Print writes the report as tables: the medians of all subjects beside each
// other; then for each subject the medians with the least and the largest sample,
// and what an earlier report had (old may be nil). A change is marked when the two
// spreads do not meet.
func (r *Report) Print(w io.Writer, old *Report) error {
	fmt.Fprintf(w, "%s; %s; %s; %s\n", r.When.Format("2006-01-02 15:04"), r.Mode, r.Versions, r.Go)
	if err := r.printMedians(w); err != nil {
		return err
	}
	tab := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, s := range r.Subjects {
		fmt.Fprintf(tab, "\n%s\tmedian\tleast\tmost\tbefore\n", s.Name)
		for _, f := range s.Figures {
			least, most := f.Spread()
			fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\n", f.Name,
				amount(f.Median(), f.Unit), amount(least, f.Unit), amount(most, f.Unit), f.change(old.find(s.Name, f.Name)))
		}
	}
	return tab.Flush()
}

// printMedians writes a line for each figure and a column for each subject.
func (r *Report) printMedians(w io.Writer) error {
	tab := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprint(tab, "\nmedians")
	for _, s := range r.Subjects {
		fmt.Fprint(tab, "\t", s.Name)
	}
	for _, name := range r.figures() {
		fmt.Fprint(tab, "\n", name)
		for _, s := range r.Subjects {
			text := ""
			if f := s.figure(name); f != nil {
				text = amount(f.Median(), f.Unit)
			}
			fmt.Fprint(tab, "\t", text)
		}
	}
	fmt.Fprintln(tab)
	return tab.Flush()
}

// figures lists the names of all figures, in the order of their first subject.
func (r *Report) figures() []string {
	var names []string
	for _, s := range r.Subjects {
		for _, f := range s.Figures {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// find returns an earlier figure, nil if there is none.
func (r *Report) find(subject, figure string) *Figure {
	if r == nil {
		return nil
	}
	for _, s := range r.Subjects {
		if s.Name == subject {
			return s.figure(figure)
		}
	}
	return nil
}

// change says how far f is from an earlier figure.
func (f *Figure) change(old *Figure) string {
	if old == nil || old.Unit != f.Unit || old.Median() == 0 {
		return ""
	}
	percent := 100 * (f.Median()/old.Median() - 1)
	least, most := f.Spread()
	oldLeast, oldMost := old.Spread()
	mark := ""
	if least > oldMost || most < oldLeast {
		mark = " *"
	}
	return fmt.Sprintf("%s (%+.1f %%)%s", amount(old.Median(), old.Unit), percent, mark)
}

// amount writes a value with its unit, nanoseconds in a larger one where that
// is easier to read.
func amount(value float64, unit string) string {
	larger := []struct {
		from float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}}
	if unit == "ns" {
		for _, l := range larger {
			if value >= l.from {
				return digits(value/l.from) + " " + l.name
			}
		}
	}
	return digits(value) + " " + unit
}

// digits writes a number with up to four significant digits, and all of a whole
// number.
func digits(v float64) string {
	if v == float64(int64(v)) {
		return strconv.FormatInt(int64(v), 10)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
