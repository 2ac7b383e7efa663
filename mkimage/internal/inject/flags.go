// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// GOFLAGS: the user's own, taken apart and put together with ours.

package inject

import (
	"fmt"
	"strings"
)

// Privileged are the patterns of the packages that are compiled under the
// rules of the Go runtime (-gcflags=PATTERN=-+).
var Privileged = []string{
	Module + "/rt/kernel/...",
	Module + "/xen/pv",
	Module + "/xen/pvh",
	Module + "/xen/x86",
	Module + "/xen/hypercall",
	Module + "/xen/evtchn/core",
}

// IsPrivileged reports whether the package must have been compiled with -+.
func IsPrivileged(importPath string) bool {
	for _, pattern := range Privileged {
		prefix, deep := strings.CutSuffix(pattern, "/...")
		if importPath == prefix || deep && strings.HasPrefix(importPath, prefix+"/") {
			return true
		}
	}
	return false
}

// splitFlags takes GOFLAGS apart as the go command does: words separated by
// blanks, a word that begins with a quote reaching to the next such quote.
func splitFlags(s string) ([]string, error) {
	var words []string
	for s = strings.TrimLeft(s, " \t\r\n"); s != ""; s = strings.TrimLeft(s, " \t\r\n") {
		if q := s[:1]; q == "'" || q == `"` {
			word, rest, ok := strings.Cut(s[1:], q)
			if !ok {
				return nil, fmt.Errorf("GOFLAGS has an unterminated %s quote", q)
			}
			words, s = append(words, word), rest
			continue
		}
		end := strings.IndexAny(s, " \t\r\n")
		if end < 0 {
			end = len(s)
		}
		words, s = append(words, s[:end]), s[end:]
	}
	return words, nil
}

// JoinFlags makes one string of words that the go command takes apart again, as
// in GOFLAGS and behind -exec. An error names the word that no quotes help.
func JoinFlags(words []string) (string, error) {
	quoted := make([]string, len(words))
	for i, w := range words {
		switch {
		case !strings.ContainsAny(w, " \t\r\n'\""):
			quoted[i] = w
		case !strings.Contains(w, "'"):
			quoted[i] = "'" + w + "'"
		case !strings.Contains(w, `"`):
			quoted[i] = `"` + w + `"`
		default:
			return "", fmt.Errorf("the go command cannot be told %s, which has both kinds of quote: leave one kind out", w)
		}
	}
	return strings.Join(quoted, " "), nil
}

// userFlags is what the user's own GOFLAGS come to.
type userFlags struct {
	keep []string // what goes on to the build, in order
	tags []string // of -tags
	mod  string   // value of -mod
}

// refused are flags of the user's that cannot go together with an image.
var refused = map[string]string{
	"overlay":  "an image needs the one overlay file that mkimage writes",
	"toolexec": "an image needs mkimage itself as the wrapper",
	"race":     "the race detector needs cgo, which a domain does not have",
	"msan":     "it needs cgo, which a domain does not have",
	"asan":     "it needs cgo, which a domain does not have",
}

// parseFlags takes GOFLAGS, and the flags of a command line behind it.
func parseFlags(goflags string, more ...string) (*userFlags, error) {
	words, err := splitFlags(goflags)
	if err != nil {
		return nil, err
	}
	u := &userFlags{}
	for _, word := range append(words, more...) {
		name, value, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if why := refused[name]; why != "" && value != "false" {
			return nil, fmt.Errorf("leave -%s out, in GOFLAGS too: %s", name, why)
		}
		switch {
		case name == "buildmode" && value != "exe" && value != "default":
			return nil, fmt.Errorf("leave -buildmode=%s out, in GOFLAGS too: a domain is loaded at a fixed address", value)
		case name == "tags":
			u.tags = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
		case name == "mod":
			u.mod = value
		default:
			u.keep = append(u.keep, word)
		}
	}
	return u, nil
}

// flags returns the words of GOFLAGS for a build: the user's, then ours, which
// win where both say something.
func (u *userFlags) flags(overlayFile string, toolexec string) []string {
	words := append([]string{}, u.keep...)
	words = append(words, "-overlay="+overlayFile, "-tags="+strings.Join(append([]string{Tag}, u.tags...), ","))
	for _, pattern := range Privileged {
		words = append(words, "-gcflags="+pattern+"=-+")
	}
	return append(words, "-toolexec="+toolexec, "-trimpath", "-buildvcs=false")
}
