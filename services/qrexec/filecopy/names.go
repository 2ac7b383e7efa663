// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which names are taken: paths, characters, targets of links. Any goroutine.

package filecopy

import (
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// checkPath wants a path that leads down: relative, without empty parts, "." and "..".
func checkPath(name string) error {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "." || part == ".." || strings.IndexByte(part, 0) >= 0 {
			return Errno(syscall.EILSEQ)
		}
		if len(part) > 255 {
			return Errno(syscall.ENAMETOOLONG)
		}
	}
	return nil
}

// depth is how many parts a path has.
func depth(name string) int { return strings.Count(name, "/") + 1 }

// checkTarget wants the target of a link that does not lead out of the directory at the top of the copy that the link is in.
func checkTarget(name, target string) error {
	up := depth(name) - 2
	if up < 0 || target == "" || target[0] == '/' {
		return Errno(syscall.ENOLINK)
	}
	for target == ".." || strings.HasPrefix(target, "../") {
		if up--; up < 0 {
			return Errno(syscall.ENOLINK)
		}
		if target = strings.TrimPrefix(target[2:], "/"); target == "" {
			return nil
		}
	}
	if checkPath(target) != nil && target != "." {
		return Errno(syscall.ENOLINK)
	}
	return nil
}

// scripts are those whose letters, and the marks on them, may be in a name.
var scripts = []*unicode.RangeTable{
	unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Hebrew, unicode.Arabic,
	unicode.Devanagari, unicode.Bengali, unicode.Tamil, unicode.Thai, unicode.Han, unicode.Hiragana, unicode.Katakana,
	unicode.Hangul, unicode.Bopomofo,
}

// classes are what else may be: of what all scripts use, digits, marks and signs that can be seen.
var classes = []*unicode.RangeTable{unicode.L, unicode.N, unicode.P, unicode.S, unicode.Mn}

// shown reports whether a character may be in a name. Controls, what changes the direction of text, what cannot be seen, and
// spaces but the common one may not.
func shown(c rune) bool {
	switch {
	case c == ' ':
		return true
	case !unicode.IsOneOf(append(classes[:len(classes):len(classes)], unicode.Mc), c):
		return false
	}
	return unicode.In(c, scripts...) || unicode.In(c, unicode.Common, unicode.Inherited) && unicode.In(c, classes...)
}

// checkText wants characters that can be shown to somebody who decides what to do with a file of that name.
func checkText(s string) error {
	if !utf8.ValidString(s) {
		return Errno(syscall.EILSEQ)
	}
	for _, c := range s {
		if !shown(c) {
			return Errno(syscall.EILSEQ)
		}
	}
	return nil
}
