// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Outcomes from what go test prints. Host only.

package stdtests

import (
	"reflect"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		lines string
		want  Outcome
	}{
		"pass": {`{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA/sub","Elapsed":0}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"skip","Package":"p","Test":"TestB","Elapsed":0}
{"Action":"pass","Package":"p","Elapsed":1.5}`, Outcome{Verdict: Pass, Passed: 1, Skipped: 1, Seconds: 1.5}},
		"fail": {`{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA (0.00s)\n"}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"fail","Package":"p","Elapsed":2}`, Outcome{Verdict: Fail, Failed: []string{"TestA"}, Seconds: 2, Said: "--- FAIL: TestA (0.00s)"}},
		"hang": {`{"Action":"output","Package":"p","Output":"panic: test timed out after 10m0s\n"}
{"Action":"fail","Package":"p","Elapsed":600}`, Outcome{Verdict: Hang, Seconds: 600}},
		"unbuilt": {`{"ImportPath":"p","Action":"build-output","Output":"# p\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"fail","Package":"p","Elapsed":0,"FailedBuild":"p"}`, Outcome{Verdict: Unbuilt, Said: "# p"}},
		"no test files": {`{"Action":"skip","Package":"p","Elapsed":0}`, Outcome{Verdict: NoTests}},
		"none run":      {`{"Action":"pass","Package":"p","Elapsed":1}`, Outcome{Verdict: NoTests, Seconds: 1}},
	} {
		var got Outcome
		if err := got.Read(strings.NewReader(c.lines)); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v\nwanted %+v", name, got, err, c.want)
		}
	}
	for _, in := range []string{"", "go: no such tool\n", `{"Action":"start","Package":"p"}`} {
		var got Outcome
		if err := got.Read(strings.NewReader(in)); err == nil {
			t.Errorf("%q is taken for %+v", in, got)
		}
	}
}

func TestCommand(t *testing.T) {
	got := strings.Join(Settings{Path: "p", Zones: true, Sources: []string{"lib/time"},
		Without: []Exclusion{{"TestA", "why"}, {"TestB/c", "why"}}}.Command("pvh", "/go"), " ")
	want := "test -type=pvh -memory=256 -tz=UTC -env=GOROOT=/go -files=/go/lib/time:/go/lib/time " +
		"-short -count=1 -timeout=10m -skip=^TestA$|^TestB$/^c$ p"
	if got != want {
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
