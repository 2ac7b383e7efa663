// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a package's tests need, and what is left out. Host only.

package stdtests

import (
	"cmp"
	"fmt"
	"strings"
)

// Settings say how one package is tested.
type Settings struct {
	// Path is the import path.
	Path string
	// Memory of the domain is in MiB; 0 means 256.
	Memory int
	// Zones has the time zones put into the domain.
	Zones bool
	// Sources are files and folders of GOROOT that the tests read by absolute
	// names, from its top.
	Sources []string
	// Without are tests left out.
	Without []Exclusion
}

// An Exclusion is one test by its name, and what it needs that a domain lacks.
type Exclusion struct{ Test, Reason string }

// Timeout bounds the tests of one package, as go test's -timeout says it.
const Timeout = "10m"

// Of returns how the package is tested.
func Of(path string) Settings {
	for _, s := range special {
		if s.Path == path {
			return s
		}
	}
	return Settings{Path: path}
}

// Command returns the arguments of mkimage for the package's tests in a domain
// of a kind, "pv" or "pvh", with the Go distribution in goroot.
func (s Settings) Command(kind, goroot string) []string {
	words := []string{"test", "-type=" + kind, fmt.Sprintf("-memory=%d", cmp.Or(s.Memory, 256))}
	if s.Zones {
		words = append(words, "-tz=UTC")
	}
	if len(s.Sources) > 0 {
		words = append(words, "-env=GOROOT="+goroot)
	}
	for _, source := range s.Sources {
		path := goroot + "/" + source
		words = append(words, "-files="+path+":"+path)
	}
	words = append(words, "-short", "-count=1", "-timeout="+Timeout)
	if len(s.Without) > 0 {
		words = append(words, "-skip="+skipPattern(s.Without))
	}
	return append(words, s.Path)
}

// skipPattern is what go test's -skip wants. A name with a slash is a subtest's;
// one pattern for all would take its parts for levels, so each stands for itself.
func skipPattern(without []Exclusion) string {
	names := make([]string, len(without))
	for i, e := range without {
		levels := strings.Split(e.Test, "/")
		for j, level := range levels {
			levels[j] = "^" + level + "$"
		}
		names[i] = strings.Join(levels, "/")
	}
	return strings.Join(names, "|")
}
