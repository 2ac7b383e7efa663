// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What came of a package's tests. Host only.

package stdtests

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
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
	NoTests  Verdict = "no tests" // all there are need other systems, or are left out
	Unlooked Verdict = ""         // never run
)

// An Outcome is what came of a package's tests in one kind of domain.
type Outcome struct {
	Path, Kind string
	Verdict    Verdict
	Passed     int      // tests and examples, subtests not counted
	Skipped    int      // by the tests themselves
	Failed     []string // by name; those that ran when everything ended, if none failed by itself
	Seconds    float64  // from the call of mkimage to its end
	Said       string   // the first words of what failed

	running []string
}

// Unbuilt says that there is no test binary: because it could not be built, or
// because what the go command said is that it has no tests.
func (o *Outcome) Unbuilt(said []byte) {
	o.Verdict = Unbuilt
	if bytes.Contains(said, []byte("[no test files]")) {
		o.Verdict = NoTests
	}
	for line := range strings.Lines(string(said)) {
		o.say(line)
	}
}

// Take makes an outcome of what a test binary printed that was called with
// -test.v=test2json, and of the code that mkimage exec ended with.
func (o *Outcome) Take(ctx context.Context, printed io.Reader, code int) error {
	cmd := exec.CommandContext(ctx, "go", "tool", "test2json", "-p", o.Path)
	cmd.Stdin = printed
	events, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go tool test2json: %w", err)
	}
	if err := o.read(bytes.NewReader(events)); err != nil {
		return err
	}
	o.conclude(code)
	return nil
}

// event is a line that test2json prints.
type event struct{ Action, Package, Test, Output string }

// read takes all events.
func (o *Outcome) read(r io.Reader) error {
	for d := json.NewDecoder(r); ; {
		var e event
		err := d.Decode(&e)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s in a %s domain: test2json printed something else: %w", o.Path, o.Kind, err)
		}
		o.take(&e)
	}
}

// take counts one event.
func (o *Outcome) take(e *event) {
	if e.Action == "output" {
		o.say(e.Output)
	}
	if e.Test == "" || strings.Contains(e.Test, "/") {
		return
	}
	over := func(t string) bool { return t == e.Test }
	switch e.Action {
	case "run":
		o.running = append(o.running, e.Test)
	case "pass":
		o.Passed++
		o.running = slices.DeleteFunc(o.running, over)
	case "skip":
		o.Skipped++
		o.running = slices.DeleteFunc(o.running, over)
	case "fail":
		o.Failed = append(o.Failed, e.Test)
	}
}

// telling are beginnings of lines that say why a test failed.
var telling = []string{"--- FAIL", timedOut, "panic: ", "fatal error: ", "mkimage: ", "# "}

// timedOut begins the last words of tests that took too long.
const timedOut = "panic: test timed out after "

// say keeps the first line that says what is wrong.
func (o *Outcome) say(line string) {
	trimmed := strings.TrimSpace(line)
	if strings.HasPrefix(line, timedOut) {
		o.Verdict = Hang
	}
	if o.Said == "" && slices.ContainsFunc(telling, func(t string) bool { return strings.HasPrefix(trimmed, t) }) {
		o.Said = trimmed
	}
}

// killed is the code of a domain that mkimage ended because its time was up.
const killed = 124

// conclude gives the verdict.
func (o *Outcome) conclude(code int) {
	switch {
	case code == killed || o.Verdict == Hang:
		o.Verdict = Hang
	case code != 0:
		o.Verdict = Fail
	case len(o.Failed) > 0 || len(o.running) > 0:
		o.Verdict, o.Said = Fail, "tests did not pass, but the exit code is 0"
	case o.Passed+o.Skipped == 0:
		o.Verdict = NoTests
	default:
		o.Verdict, o.Said = Pass, ""
	}
	if len(o.Failed) == 0 && len(o.running) > 0 {
		o.Failed = o.running
	}
	if o.Verdict == Fail && o.Said == "" {
		o.Said = fmt.Sprintf("exit code %d", code)
	}
	o.running = nil
}
