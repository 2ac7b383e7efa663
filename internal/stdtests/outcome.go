// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What came of a package's tests. Host only.

package stdtests

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Verdict is how a package's tests ended.
type Verdict string

// The verdicts.
const (
	Pass     Verdict = "pass"     // each test passed or skipped itself
	Fail     Verdict = "fail"     // tests failed, or the domain crashed
	Hang     Verdict = "hang"     // they were not over in time
	Unbuilt  Verdict = "unbuilt"  // the test binary could not be made
	NoTests  Verdict = "no tests" // all there are need other systems
	Unlooked Verdict = ""         // never run
)

// An Outcome is what came of a package's tests in one kind of domain.
type Outcome struct {
	Path, Kind string
	Verdict    Verdict
	Passed     int      // tests and examples, subtests not counted
	Skipped    int      // by the tests themselves
	Failed     []string // by name
	Seconds    float64  // in the domain
	Said       string   // the first words of what failed
}

// event is a line that go test -json prints (cmd/test2json).
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// Read makes an outcome of what go test -json printed. Lines that are no events
// count as said.
func (o *Outcome) Read(r io.Reader) error {
	d := json.NewDecoder(r)
	for {
		var e event
		err := d.Decode(&e)
		switch {
		case errors.Is(err, io.EOF):
			return o.conclude()
		case err != nil:
			return fmt.Errorf("%s in a %s domain: go test -json printed something else: %w", o.Path, o.Kind, err)
		}
		o.take(&e)
	}
}

// take counts one event.
func (o *Outcome) take(e *event) {
	switch {
	case e.Action == "output" && strings.HasPrefix(e.Output, "panic: test timed out after "):
		o.Verdict = Hang
	case e.Action == "build-fail":
		o.Verdict = Unbuilt
	case e.Action == "output" || e.Action == "build-output":
		o.say(e.Output)
	case e.Test == "":
		o.end(e)
	case strings.Contains(e.Test, "/"):
	case e.Action == "pass":
		o.Passed++
	case e.Action == "skip":
		o.Skipped++
	case e.Action == "fail":
		o.Failed = append(o.Failed, e.Test)
	}
}

// telling are beginnings of lines that say why a test failed.
var telling = []string{"--- FAIL", "panic: ", "fatal error: ", "mkimage: ", "# "}

// say keeps the first line that says what is wrong.
func (o *Outcome) say(line string) {
	trimmed := strings.TrimSpace(line)
	if o.Said == "" && slices.ContainsFunc(telling, func(t string) bool { return strings.HasPrefix(trimmed, t) }) {
		o.Said = trimmed
	}
}

// end takes what go test says of the package as a whole.
func (o *Outcome) end(e *event) {
	switch e.Action {
	case "pass", "fail", "skip":
		o.Seconds = e.Elapsed
	}
	if o.Verdict != Unlooked {
		return
	}
	switch e.Action {
	case "pass":
		o.Verdict = Pass
	case "skip":
		o.Verdict = NoTests
	case "fail":
		o.Verdict = Fail
	}
}

// conclude looks whether there was an end at all.
func (o *Outcome) conclude() error {
	if o.Verdict == Unlooked {
		return fmt.Errorf("%s in a %s domain: go test ended without a verdict", o.Path, o.Kind)
	}
	if o.Verdict == Pass && o.Passed+o.Skipped == 0 {
		o.Verdict = NoTests
	}
	return nil
}
