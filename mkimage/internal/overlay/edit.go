// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The kinds of edit. All of them keep the numbers of the lines around them, so
// that positions in a domain's traces are those of GOROOT.

package overlay

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// op edits the lines of a file in place.
type op func(text []string) error

// lines replaces every line of the function named in ("" means of the whole
// file) that matches the expression, which must be exactly count lines.
func lines(in, expr, with string, count int) op {
	re := regexp.MustCompile(expr)
	return func(text []string) error {
		from, to := 0, len(text)
		if in != "" {
			var err error
			if from, to, err = find(text, in); err != nil {
				return err
			}
		}
		n := 0
		for i := from; i < to; i++ {
			if re.MatchString(text[i]) {
				text[i] = re.ReplaceAllString(text[i], with)
				n++
			}
		}
		if n != count {
			return fmt.Errorf("%d lines match %s, expected %d", n, expr, count)
		}
		return nil
	}
}

// asmFunc puts with, which may be empty, in the place of an assembly function.
func asmFunc(symbol, with string) op { return swap(symbol, with) }

// goFunc deletes a Go function and the comment and directives above it.
func goFunc(name string) op { return swap(name, "") }

func swap(name, with string) op {
	return func(text []string) error {
		from, to, err := find(text, name)
		if err != nil {
			return err
		}
		for from > 0 && strings.HasPrefix(text[from-1], "//") {
			from--
		}
		body := strings.Split(with, "\n")
		if len(body) > to-from {
			return fmt.Errorf("%s has only %d lines", name, to-from)
		}
		clear(text[from:to])
		copy(text[from:to], body)
		return nil
	}
}

// find returns the half-open range of lines of a function, which must be there
// once: an assembly symbol with its (SB), or the name of a Go function.
func find(text []string, name string) (from, to int, err error) {
	head, length := "func "+name+"(", goLength
	if strings.HasSuffix(name, "(SB)") {
		head, length = "TEXT "+name+",", asmLength
	}
	starts := func(line string) bool { return strings.HasPrefix(strings.ReplaceAll(line, "\t", " "), head) }
	from = slices.IndexFunc(text, starts)
	if from < 0 || slices.ContainsFunc(text[from+1:], starts) {
		return 0, 0, fmt.Errorf("%q does not begin exactly one line", head)
	}
	return from, from + length(text[from:]), nil
}

// goLength counts the lines of the function that text begins with. gofmt puts
// nothing but a function's last brace alone into the first column.
func goLength(text []string) int {
	if !strings.HasSuffix(text[0], "{") {
		return 1
	}
	return slices.Index(text, "}") + 1
}

// asmLength counts the lines up to the next function, less what stands above
// that one: its comment, definitions and blank lines.
func asmLength(text []string) int {
	n := 1
	for n < len(text) && !strings.HasPrefix(text[n], "TEXT") {
		n++
	}
	for text[n-1] == "" || strings.HasPrefix(text[n-1], "//") || strings.HasPrefix(text[n-1], "#define") {
		n--
	}
	return n
}
