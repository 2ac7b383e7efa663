// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Words for domains: what stands as source or target in a rule, behind target=,
// and in a request. Any goroutine.

package policy

import (
	"fmt"
	"strings"
)

// Token is a word for a domain, or for many.
type Token struct {
	kind  kind
	value string // the name, the UUID, the tag or the type
}

// kind is what a token's value is.
type kind uint8

const (
	none kind = iota
	byName
	byUUID
	admin
	anything
	anyVM
	byTag
	byType
	unnamed // @default
	dispVM
	dispVMOf
	dispVMOfUUID
	dispVMOfTag
)

// place is where a token stands, as a bit.
type place uint8

const (
	inSource place = 1 << iota
	inTarget
	inRedirect // target=, default_target=
	inRequest  // what a caller asks for
)

// String names the place for errors.
func (p place) String() string {
	switch p {
	case inSource:
		return "source"
	case inTarget:
		return "target"
	case inRedirect:
		return "value of target= or default_target="
	}
	return "target of a request"
}

// keywords are the tokens that are one word.
var keywords = []struct {
	text string
	kind kind
	in   place
}{
	{"*", anything, inSource | inTarget},
	{"@adminvm", admin, inSource | inTarget | inRedirect | inRequest},
	{adminName, admin, inSource | inTarget | inRedirect | inRequest},
	{"@anyvm", anyVM, inSource | inTarget},
	{"@default", unnamed, inTarget | inRequest},
	{"@dispvm", dispVM, inTarget | inRedirect | inRequest},
}

// prefixes are the beginnings of tokens with a value, the longer before the
// shorter.
var prefixes = []struct {
	text string
	kind kind
	in   place
}{
	{"@dispvm:@tag:", dispVMOfTag, inSource | inTarget},
	{"@dispvm:uuid:", dispVMOfUUID, inSource | inTarget | inRedirect | inRequest},
	{"@dispvm:", dispVMOf, inSource | inTarget | inRedirect | inRequest},
	{"@tag:", byTag, inSource | inTarget},
	{"@type:", byType, inSource | inTarget},
	{"uuid:", byUUID, inSource | inTarget | inRedirect | inRequest},
}

// parseToken reads a word that stands in a place.
func parseToken(word string, in place) (Token, error) {
	for i := range keywords {
		if w := &keywords[i]; word == w.text {
			return Token{kind: w.kind}, w.in.admits(in, word)
		}
	}
	for i := range prefixes {
		if value, ok := strings.CutPrefix(word, prefixes[i].text); ok {
			return parseValue(word, value, prefixes[i].kind, prefixes[i].in, in)
		}
	}
	if !ValidName(word) {
		return Token{}, wrongWord(word, in)
	}
	return Token{byName, word}, nil
}

// parseValue reads what stands behind a prefix.
func parseValue(word, value string, k kind, allowed, in place) (Token, error) {
	if err := allowed.admits(in, word); err != nil {
		return Token{}, err
	}
	if k != byUUID && k != dispVMOfUUID {
		if !ValidName(value) {
			return Token{}, fmt.Errorf("%q: %q cannot be a name: %s", word, value, nameRule)
		}
		return Token{k, value}, nil
	}
	uuid, ok := parseUUID(value)
	if !ok {
		return Token{}, fmt.Errorf("%q: a UUID has 32 hexadecimal digits and four dashes, as %s", word, adminUUID)
	}
	if uuid == adminUUID && k == byUUID {
		return Token{kind: admin}, nil
	}
	return Token{k, uuid}, nil
}

// admits returns an error unless a word may stand in a place.
func (p place) admits(in place, word string) error {
	if p&in != 0 {
		return nil
	}
	return fmt.Errorf("%q cannot be the %v: write %v", word, in, in.choices())
}

// wrongWord says what may stand in a place instead.
func wrongWord(word string, in place) error {
	if strings.HasPrefix(word, "$") {
		return fmt.Errorf("%q: keywords begin with @ here, write %q", word, "@"+word[1:])
	}
	if word != "" && word[0] != '@' {
		return fmt.Errorf("%q cannot be a name: %s", word, nameRule)
	}
	return fmt.Errorf("%q cannot be the %v: write %v", word, in, in.choices())
}

// choices lists what may stand in a place.
func (p place) choices() string {
	all := []string{"a name", "uuid:UUID"}
	for _, w := range keywords {
		if w.in&p != 0 && w.text != adminName {
			all = append(all, w.text)
		}
	}
	for _, w := range prefixes {
		if w.in&p != 0 && w.kind != byUUID && w.kind != dispVMOfUUID {
			all = append(all, w.text+"NAME")
		}
	}
	return strings.Join(all, ", ")
}

// String returns the token as a policy writes it.
func (t Token) String() string {
	for _, w := range keywords {
		if w.kind == t.kind {
			return w.text
		}
	}
	for _, w := range prefixes {
		if w.kind == t.kind {
			return w.text + t.value
		}
	}
	return t.value
}
