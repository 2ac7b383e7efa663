// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The command line of mkimage test: which words are mkimage's and which go
// test's. Runs on the host.

package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// The flags of go test that mkimage passes on, as `go help testflag` and `go help
// build` list them for Go 1.26 and 1.27. Those for the build reach the go command
// through GOFLAGS, since what the packages consist of depends on them.
const (
	testSwitches = " a benchmem c cover failfast fullpath json n short v work x "
	testValues   = " bench benchtime blockprofile blockprofilerate count covermode coverpkg coverprofile cpu cpuprofile list memprofile memprofilerate " +
		"mutexprofile mutexprofilefraction o outputdir p parallel run shuffle skip timeout trace vet "
	buildSwitches = " asan buildvcs linkshared modcacherw msan race trimpath "
	buildValues   = " asmflags buildmode compiler gcflags ldflags mod modfile overlay pgo pkgdir tags toolexec "
)

// notInDomain are flags of go test that are refused, and why.
var notInDomain = map[string]string{
	"C":         "change the directory first",
	"exec":      "mkimage itself runs the tests; to run them through a command of yours, see mkimage exec",
	"fuzz":      "fuzzing starts child processes, which a domain cannot; without it the seeds are tested",
	"artifacts": "a domain hands out single files only",
}

// domainFlags are the flags of mkimage test that are its own.
var domainFlags = []string{"type", "memory", "vcpus", "env", "param", "limit", "files", "certs", "tz", "net", "smp", "meminfo", "itself"}

// testLine is a command line of mkimage test, taken apart.
type testLine struct {
	domain   []string // flags for mkimage exec
	build    []string // flags for GOFLAGS
	test     []string // flags for go test
	packages []string
	rest     []string // for the test binary
	help     bool
}

// parseTest takes the words behind mkimage test apart; flags are mkimage's own,
// which it also sets.
func parseTest(flags *pflag.FlagSet, words []string) (*testLine, error) {
	l := &testLine{}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch {
		case word == "--" || word == "-args" || word == "--args":
			l.rest = words
			return l, nil
		case !isFlag(word):
			l.packages = append(l.packages, word)
		default:
			var err error
			if words, err = l.flag(flags, word, words); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// flag takes one flag with its value, and returns the words behind.
func (l *testLine) flag(flags *pflag.FlagSet, word string, words []string) ([]string, error) {
	name, value, inline := strings.Cut(strings.TrimLeft(word, "-"), "=")
	name = strings.TrimPrefix(name, "test.")
	list, isSwitch, err := l.kind(flags, name)
	if err != nil {
		return nil, err
	}
	if !inline && !isSwitch {
		if len(words) == 0 {
			return nil, fmt.Errorf("-%s wants a value", name)
		}
		value, words = words[0], words[1:]
	}
	if !inline && isSwitch {
		value = "true"
	}
	if list == &l.domain {
		if value, err = fromHere(name, value); err == nil {
			err = flags.Set(name, value)
		}
	}
	if list != nil {
		*list = append(*list, "-"+name+"="+value)
	}
	return words, err
}

// kind returns where a flag belongs, and whether it can stand without a value.
func (l *testLine) kind(flags *pflag.FlagSet, name string) (list *[]string, isSwitch bool, err error) {
	in := func(names string) bool { return strings.Contains(names, " "+name+" ") }
	switch why, refused := notInDomain[name]; {
	case refused:
		return nil, false, fmt.Errorf("leave -%s out: %s", name, why)
	case name == "h" || name == "help":
		l.help = true
		return nil, true, nil
	case slices.Contains(domainFlags, name):
		return &l.domain, flags.Lookup(name).NoOptDefVal != "", nil
	case in(testSwitches), in(testValues):
		return &l.test, in(testSwitches), nil
	case in(buildSwitches), in(buildValues):
		return &l.build, in(buildSwitches), nil
	}
	return nil, false, fmt.Errorf("-%s is neither mkimage's flag nor go test's: flags of the test binary go behind --", name)
}

// fromHere makes paths absolute: go test calls mkimage exec in another folder.
func fromHere(name, value string) (string, error) {
	if name != "files" && (name != "certs" || value == "host") {
		return value, nil
	}
	from, to, _ := strings.Cut(value, ":/")
	from, err := filepath.Abs(from)
	if to != "" {
		from += ":/" + to
	}
	return from, err
}

// goTest returns the arguments of the go command: tests of the packages, run by
// the command exec, as many at once as the lab has processors unless -p says
// otherwise.
func (l *testLine) goTest(exec string, processors int) []string {
	args := []string{"test", "-exec=" + exec}
	if !slices.ContainsFunc(l.test, func(f string) bool { return strings.HasPrefix(f, "-p=") }) {
		args = append(args, fmt.Sprintf("-p=%d", processors))
	}
	args = append(append(args, l.test...), l.packages...)
	if len(l.rest) > 0 {
		args = append(append(args, "-args"), l.rest...)
	}
	return args
}

// check refuses what go test would, but would explain by its own command line.
func (l *testLine) check() error {
	for _, p := range l.packages {
		if strings.HasSuffix(p, ".go") {
			return errors.New("name packages (directories or import paths), not files")
		}
	}
	for _, name := range []string{"race", "msan", "asan"} {
		if slices.Contains(l.build, "-"+name+"=true") {
			return fmt.Errorf("leave -%s out: it needs cgo, which a domain does not have", name)
		}
	}
	return nil
}
