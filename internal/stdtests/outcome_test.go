// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Outcomes from what go test prints. Host only.

package stdtests

import (
	"reflect"
	"strings"
	"testing"
)

// TestTake has test2json read what test binaries print.
func TestTake(t *testing.T) {
	const (
		begin  = "lab: booting\n\x16=== RUN   TestA\n"
		passed = "\x16--- PASS: TestA (0.00s)\n"
		failed = "\x16--- FAIL: TestA (0.00s)\n"
	)
	a := []string{"TestA"}
	for name, c := range map[string]struct {
		printed string
		code    int
		want    Outcome
	}{
		"pass":      {begin + "panic: fine\n" + passed + "\x16PASS\n", 0, Outcome{Verdict: Pass, Passed: 1}},
		"skip":      {begin + "\x16--- SKIP: TestA (0.00s)\n\x16PASS\n", 0, Outcome{Verdict: Pass, Skipped: 1}},
		"subtest":   {begin + "\x16=== RUN   TestA/b\n    \x16--- PASS: TestA/b (0.00s)\n" + passed + "\x16PASS\n", 0, Outcome{Verdict: Pass, Passed: 1}},
		"fail":      {begin + failed + "\x16FAIL\n", 1, Outcome{Verdict: Fail, Failed: a, Said: "--- FAIL: TestA (0.00s)"}},
		"fail at 0": {begin + failed + "\x16FAIL\n", 0, Outcome{Verdict: Fail, Failed: a, Said: "tests did not pass, but the exit code is 0"}},
		"crash":     {begin + "fatal error: x\n", 2, Outcome{Verdict: Fail, Failed: a, Said: "fatal error: x"}},
		"silence":   {begin, 3, Outcome{Verdict: Fail, Failed: a, Said: "exit code 3"}},
		"cut":       {begin, 0, Outcome{Verdict: Fail, Failed: a, Said: "tests did not pass, but the exit code is 0"}},
		"odd":       {begin + passed + "\x16PASS\n", 2, Outcome{Verdict: Fail, Passed: 1, Said: "exit code 2"}},
		"timeout":   {begin + timedOut + "10m0s\n", 2, Outcome{Verdict: Hang, Failed: a, Said: timedOut + "10m0s"}},
		"killed":    {begin, killed, Outcome{Verdict: Hang, Failed: a}},
		"no tests":  {"testing: warning: no tests to run\n\x16PASS\n", 0, Outcome{Verdict: NoTests}},
	} {
		got := Outcome{Path: "p"}
		err := got.Take(t.Context(), strings.NewReader(c.printed), c.code)
		c.want.Path = "p"
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v\nwanted %+v", name, got, err, c.want)
		}
	}
}

func TestCommand(t *testing.T) {
	s := Settings{Path: "p", Zones: true, Sources: []string{"lib/time"}, Without: []Exclusion{{"TestA", "why"}, {"TestB/c", "why"}}}
	const domain = "-type=pvh -memory=256 -tz=UTC -env=GOROOT=/go -files=/go/lib/time:/go/lib/time "
	const without = "skip=^TestA$|^TestB$/^c$"
	if got := strings.Join(s.Command("pvh", "/go"), " "); got != "test "+domain+"-short -count=1 -timeout=10m -"+without+" p" {
		t.Error(got)
	}
	want := "exec -testdata -program=/p.test -timeout=12m " + domain + "p.test -test.v=test2json -test.paniconexit0 -test.short -test.timeout=10m -test." + without
	if got := strings.Join(s.Exec("pvh", "/go", "p.test"), " "); got != want {
		t.Errorf("%s\nwanted %s", got, want)
	}
}

// TestSpecial sees that each package stands there once, and each exclusion has a
// reason.
func TestSpecial(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range special {
		if seen[s.Path] {
			t.Errorf("%s stands there twice", s.Path)
		}
		seen[s.Path] = true
		for _, e := range s.Without {
			if e.Test == "" || e.Reason == "" {
				t.Errorf("%s: a test is left out without its name, or without a reason", s.Path)
			}
		}
	}
}

func TestUnbuilt(t *testing.T) {
	for said, want := range map[string]Outcome{
		"# p\np.go:1: syntax error\n": {Verdict: Unbuilt, Said: "# p"},
		"?   \tp\t[no test files]\n":  {Verdict: NoTests},
	} {
		var got Outcome
		if got.Unbuilt([]byte(said)); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, wanted %+v", said, got, want)
		}
	}
}
