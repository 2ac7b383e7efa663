// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a package's tests need, and what is left out. Host only.

package stdtests

import (
	"cmp"
	"fmt"
	"path/filepath"
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
	// Sources are files and folders of GOROOT, from its top, that the tests read by
	// absolute names, or by the name that stands behind a colon.
	Sources []string
	// Itself puts the test binary into the domain, where os.Executable says that it
	// is.
	Itself bool
	// Run is go test's -run, for os/exec: its TestMain fails where a helper of a test
	// that was left out is not called, unless -run is said.
	Run string
	// Without are tests left out.
	Without []Exclusion
}

// An Exclusion is one test by its name, and what it needs that a domain lacks.
type Exclusion struct{ Test, Reason string }

// Timeout bounds the tests of one package, as go test's -timeout says it.
const Timeout = "10m"

// killAfter bounds a domain whose tests do not end themselves after Timeout.
const killAfter = "12m"

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
	words := append([]string{"test"}, s.domain(kind, goroot)...)
	words = append(words, "-short", "-count=1", "-timeout="+Timeout)
	if s.Run != "" {
		words = append(words, "-run="+s.Run)
	}
	if len(s.Without) > 0 {
		words = append(words, "-skip="+skipPattern(s.Without))
	}
	return append(words, s.Path)
}

// Exec returns the arguments of mkimage for the same with tests that are linked
// already, as an image in a file. It is to run in the package's folder.
func (s Settings) Exec(kind, goroot, file string) []string {
	inside := "/" + filepath.Base(file) // go test names it by an absolute path too
	words := append([]string{"exec", "-testdata", "-program=" + inside, "-timeout=" + killAfter}, s.domain(kind, goroot)...)
	words = append(words, file, "-test.v=test2json", "-test.paniconexit0", "-test.short", "-test.timeout="+Timeout)
	if s.Run != "" {
		words = append(words, "-test.run="+s.Run)
	}
	if len(s.Without) > 0 {
		words = append(words, "-test.skip="+skipPattern(s.Without))
	}
	return words
}

// domain are the words for the domain.
func (s Settings) domain(kind, goroot string) []string {
	words := []string{"-type=" + kind, fmt.Sprintf("-memory=%d", cmp.Or(s.Memory, 256))}
	if s.Zones {
		words = append(words, "-tz=UTC")
	}
	if len(s.Sources) > 0 {
		words = append(words, "-env=GOROOT="+goroot)
	}
	if s.Itself {
		words = append(words, "-itself")
	}
	for _, source := range s.Sources {
		from, to, other := strings.Cut(source, ":")
		from = goroot + "/" + from
		if !other {
			to = from
		}
		words = append(words, "-files="+from+":"+to)
	}
	return words
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
