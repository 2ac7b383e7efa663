// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// mkimage policy explain: what a policy says of a request, and why. Runs wherever
// mkimage does.

package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/domlet/domlet/services/policy"
)

// explanation is the command with its flags.
type explanation struct {
	paths   []string
	file    string   // of domains
	lines   []string // of domains
	verbose bool
}

func newExplanation() *explanation { return &explanation{} }

func (e *explanation) command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain --policy PATH [--domains FILE] [--domain LINE] [-v] SERVICE[+ARGUMENT] SOURCE TARGET",
		Short: "Say what a policy decides about a request, and by which line",
		Long: "Say what the policy decides where domain SOURCE asks TARGET for SERVICE: allowed (exit code 0), denied\n" +
			"(3) or to be asked (4), by which line, where the call goes, and what somebody may choose from. TARGET is\n" +
			"a domain's name, @default, @adminvm, @dispvm or @dispvm:NAME.\n\n" +
			"Domains have no tags and no type unless FILE or LINE says so: NAME type=AppVM tags=work,mail uuid=UUID\n" +
			"default_dispvm=NAME template_for_dispvms=yes running=no internal=yes, one domain on a line. Without\n" +
			"either, SOURCE and TARGET exist.",
		Example: "  mkimage policy explain -policy policy.d -domain 'work tags=office' qubes.Filecopy work vault",
		Args:    labArgs(cobra.ExactArgs(3)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.run(cmd.OutOrStdout(), cmd.ErrOrStderr(), args)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&e.paths, "policy", nil, "`PATH` of the policy; may be repeated")
	flags.StringVar(&e.file, "domains", "", "`FILE` that says which domains there are")
	flags.StringArrayVar(&e.lines, "domain", nil, "`LINE` as in that file; may be repeated")
	flags.BoolVarP(&e.verbose, "verbose", "v", false, "name the rules before the one that decides, and what in them differs")
	return cmd
}

func (e *explanation) run(stdout, stderr io.Writer, args []string) error {
	if len(e.paths) == 0 {
		return &exitError{codeUsage, fmt.Errorf("which policy? give a file or a directory with -policy")}
	}
	p, err := loadPolicy(e.paths, stderr)
	if err != nil {
		return err
	}
	service, argument, _ := strings.Cut(args[0], "+")
	request := policy.Request{Service: service, Argument: argument, Source: args[1], Target: args[2]}
	domains, err := e.domains(request)
	if err != nil {
		return err
	}
	d := p.Evaluate(domains, request)
	if e.verbose {
		printPassed(stdout, p, domains, request, d.Rule)
	}
	printDecision(stdout, &d, request)
	return codeOf(d.Action)
}

// domains are those of the flags; without flags, the two of the request.
func (e *explanation) domains(r policy.Request) (*policy.Domains, error) {
	text := strings.Join(e.lines, "\n")
	switch {
	case e.file != "":
		file, err := os.ReadFile(e.file)
		if err != nil {
			return nil, err
		}
		return policy.ParseDomains(e.file, string(file)+"\n"+text)
	case len(e.lines) == 0:
		text = r.Source
		if policy.ValidName(r.Target) && r.Target != r.Source {
			text += "\n" + r.Target
		}
	}
	return policy.ParseDomains("-domain", text)
}

// printPassed names the rules that do not decide, up to the one that does.
func printPassed(w io.Writer, p *policy.Policy, dir policy.Directory, r policy.Request, last *policy.Rule) {
	for _, rule := range p.Rules() {
		if rule == last {
			return
		}
		fmt.Fprintf(w, "passed %s, %v: %v\n", rule.Where(), rule.Match(dir, r), rule)
	}
}

// printDecision prints a decision and what belongs to it.
func printDecision(w io.Writer, d *policy.Decision, r policy.Request) {
	fmt.Fprintln(w, d)
	if d.Rule != nil {
		fmt.Fprintf(w, "  rule: %v\n", d.Rule)
	}
	if asked := d.Requested.String(); asked == "@default" && r.Target != "" && r.Target != asked {
		fmt.Fprintf(w, "  no domain is called %s: it counts as @default\n", r.Target)
	}
	for _, line := range [][2]string{
		{"goes to", d.Target}, {"choice", strings.Join(d.Targets, " ")}, {"offered first", d.Default}, {"user", d.User()},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "  %s: %s\n", line[0], line[1])
		}
	}
}

// codeOf is the exit code that stands for an action.
func codeOf(a policy.Action) error {
	switch a {
	case policy.Allow:
		return nil
	case policy.Ask:
		return &exitError{code: codeAsk}
	}
	return &exitError{code: codeDeny}
}
