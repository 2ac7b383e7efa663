// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The text of one file: lines, comments, directives. What a directive asks for is
// the loader's. Any goroutine.

package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Parse reads a policy that is one text, without directives. file is its name for
// errors and explanations. The policy is never nil: with an error it is Broken.
func Parse(file, text string) (*Policy, error) {
	l := &loader{}
	l.lines(file, text, l.line)
	return l.policy()
}

// lines has handle look at every line of a text that is neither empty nor a
// comment, and notes what it finds wrong.
func (l *loader) lines(file, text string, handle func(words []string) error) {
	outer := l.at
	defer func() { l.at = outer }()
	for i, line := range strings.Split(text, "\n") {
		l.at = Error{File: file, Line: i + 1}
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		err := checkLine(line)
		if err == nil {
			err = handle(strings.Fields(line))
		}
		l.note(err)
		if l.full() {
			return
		}
	}
}

// checkLine refuses what an editor shows otherwise than it is read.
func checkLine(line string) error {
	switch {
	case !utf8.ValidString(line):
		return fmt.Errorf("the line is not text in UTF-8")
	case strings.ContainsAny(line, "\r\v\f\x00"):
		return fmt.Errorf("the line has a control character within it: take it out")
	}
	return nil
}

// line reads a line of the 5.0 format.
func (l *loader) line(words []string) error {
	if words[0][0] != '!' {
		return l.rule(words)
	}
	arguments := words[1:]
	switch words[0] {
	case "!include":
		if len(arguments) == 1 {
			return l.include(arguments[0], l.line)
		}
		return fmt.Errorf("write !include FILE")
	case "!include-dir":
		if len(arguments) == 1 {
			return l.includeDir(arguments[0])
		}
		return fmt.Errorf("write !include-dir DIRECTORY")
	case "!include-service":
		if len(arguments) == 3 {
			return l.includeService(arguments[0], arguments[1], arguments[2])
		}
		return fmt.Errorf("write !include-service SERVICE +ARGUMENT FILE, with * for any")
	case "!compat-4.0":
		if len(arguments) == 0 {
			return l.includeCompat()
		}
		return fmt.Errorf("write !compat-4.0 and nothing behind it")
	}
	return fmt.Errorf("unknown directive %q: there are !include, !include-dir, !include-service and !compat-4.0", words[0])
}

// oldLine returns what reads a line of Qubes OS 4.0's format, for a service: $
// is @, commas are spaces, and only files of that format can be included.
func (l *loader) oldLine(service, argument string) func(words []string) error {
	var handle func(words []string) error
	handle = func(words []string) error {
		line := strings.NewReplacer("$", "@", ",", " ").Replace(strings.Join(words, " "))
		if path, ok := strings.CutPrefix(line, "@include:"); ok {
			line = "!include " + path
		}
		words = strings.Fields(line)
		switch {
		case len(words) > 0 && words[0] == "!include" && len(words) == 2:
			return l.include(words[1], handle)
		case len(words) > 0 && words[0][0] == '!':
			return fmt.Errorf("%q: a file of the old format can include one more of it, with !include FILE, and no more", words[0])
		case len(words) < 3:
			return fmt.Errorf("a line of the old format has three words: write SOURCE TARGET allow|deny|ask")
		}
		return l.rule(append([]string{service, argument}, words...))
	}
	return handle
}

// rule reads the words of a rule.
func (l *loader) rule(words []string) error {
	r, err := parseRule(words)
	if err != nil {
		return err
	}
	r.File, r.Line = l.at.File, l.at.Line
	l.rules = append(l.rules, r)
	return nil
}
