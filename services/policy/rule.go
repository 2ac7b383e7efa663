// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Rules: one line of a policy each. Any goroutine.

package policy

import (
	"fmt"
	"strings"
)

// Action is what a rule says, and what comes of a request.
type Action uint8

// The three answers to a request.
const (
	Deny Action = iota
	Allow
	Ask // somebody has to be asked
)

// String returns the action as a policy writes it.
func (a Action) String() string {
	switch a {
	case Allow:
		return "allow"
	case Ask:
		return "ask"
	}
	return "deny"
}

// Rule is a line of a policy. It never changes.
type Rule struct {
	File string // as it was found
	Line int    // from 1; 0: not written there, but what !compat-4.0 adds behind the file

	Service  string // * is any
	Argument string // with its plus; * is any
	Source   Token
	Target   Token
	Action   Action

	Redirect  Token  // target=
	Default   Token  // default_target=
	User      string // empty: the default user
	Notify    bool
	Autostart bool
}

// anyWord stands for any service or argument.
const anyWord = "*"

// parseRule reads the words of a line.
func parseRule(words []string) (*Rule, error) {
	if len(words) < 5 {
		return nil, fmt.Errorf("a rule has five words and this line has %d: write SERVICE +ARGUMENT SOURCE TARGET allow|deny|ask", len(words))
	}
	r := &Rule{Service: words[0], Argument: words[1], Autostart: true}
	if err := checkService(r.Service, r.Argument); err != nil {
		return nil, err
	}
	var err error
	if r.Source, err = parseToken(words[2], inSource); err != nil {
		return nil, err
	}
	if r.Target, err = parseToken(words[3], inTarget); err != nil {
		return nil, err
	}
	if r.Action, err = parseAction(words[4]); err != nil {
		return nil, err
	}
	r.Notify = r.Action == Deny
	if err := r.parseOptions(words[5:]); err != nil {
		return nil, err
	}
	if r.Action == Allow && r.Target.kind == unnamed && r.Redirect.kind == none {
		return nil, fmt.Errorf("allow for @default needs to know whom: add target=NAME")
	}
	return r, nil
}

func checkService(service, argument string) error {
	switch {
	case service != anyWord && !validService(service):
		return fmt.Errorf("%q cannot be a service: it has letters, digits and _.- only, and * is any", service)
	case argument == anyWord:
		return nil
	case argument == "" || argument[0] != '+':
		return fmt.Errorf("%q cannot be an argument: write +%[1]s, or * for any", argument)
	case !validArgument(argument):
		return fmt.Errorf("%q cannot be an argument: it has letters, digits and _.-+ only", argument)
	case service == anyWord:
		return fmt.Errorf("an argument for any service: write * * for all, or name the service")
	}
	return nil
}

func parseAction(word string) (Action, error) {
	for _, a := range []Action{Allow, Deny, Ask} {
		if word == a.String() {
			return a, nil
		}
	}
	hint := ""
	if strings.Contains(word, ",") {
		hint = ", with a space before each option and no comma"
	}
	return Deny, fmt.Errorf("unknown action %q: write allow, deny or ask%s", word, hint)
}

// option is an option of rules.
type option struct {
	name string
	in   []Action // that may have it
	set  func(r *Rule, value string) error
}

// options lists them in the order in which they are written.
var options = []option{
	{"target", []Action{Allow, Ask}, func(r *Rule, v string) (err error) { r.Redirect, err = parseToken(v, inRedirect); return err }},
	{"default_target", []Action{Ask}, func(r *Rule, v string) (err error) { r.Default, err = parseToken(v, inRedirect); return err }},
	{"user", []Action{Allow, Ask}, func(r *Rule, v string) error { r.User = v; return checkUser(v) }},
	{"notify", []Action{Allow, Deny, Ask}, func(r *Rule, v string) error { return checkBool(v, &r.Notify) }},
	{"autostart", []Action{Allow, Ask}, func(r *Rule, v string) error { return checkBool(v, &r.Autostart) }},
}

func (r *Rule) parseOptions(words []string) error {
	seen := map[string]bool{}
	for _, word := range words {
		name, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("%q is no option: write NAME=VALUE, and comments on lines of their own", word)
		}
		if seen[name] {
			return fmt.Errorf("%s= stands there twice", name)
		}
		seen[name] = true
		if err := r.setOption(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rule) setOption(name, value string) error {
	var known []string
	for _, o := range options {
		if !o.goesWith(r.Action) {
			continue
		}
		known = append(known, o.name+"=")
		if o.name == name {
			if err := o.set(r, value); err != nil {
				return fmt.Errorf("%s=: %w", name, err)
			}
			return nil
		}
	}
	return fmt.Errorf("%v has no option %s=: it has %s", r.Action, name, strings.Join(known, " "))
}

func (o *option) goesWith(a Action) bool {
	for _, in := range o.in {
		if in == a {
			return true
		}
	}
	return false
}

func checkUser(v string) error {
	if !ValidName(v) {
		return fmt.Errorf("%q cannot be a user: %s", v, nameRule)
	}
	return nil
}

func checkBool(v string, to *bool) error {
	if !parseBool(v, to) {
		return fmt.Errorf("%q: write yes or no", v)
	}
	return nil
}

// Where names the rule's place: FILE:LINE.
func (r *Rule) Where() string {
	if r.Line == 0 {
		return "the end of " + r.File
	}
	return fmt.Sprintf("%s:%d", r.File, r.Line)
}

// String returns the rule as a line of a policy.
func (r *Rule) String() string {
	words := []string{r.Service, r.Argument, r.Source.String(), r.Target.String(), r.Action.String()}
	if r.Redirect.kind != none {
		words = append(words, "target="+r.Redirect.String())
	}
	if r.Default.kind != none {
		words = append(words, "default_target="+r.Default.String())
	}
	if r.User != "" {
		words = append(words, "user="+r.User)
	}
	if r.Notify != (r.Action == Deny) {
		words = append(words, "notify="+map[bool]string{true: "yes", false: "no"}[r.Notify])
	}
	if !r.Autostart {
		words = append(words, "autostart=no")
	}
	return strings.Join(words, " ")
}
