// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command domlet-ctl runs in dom0 and tells services in domains of their own who
// their clients are, and clients where their services are: see package
// services/directory.
//
//	domlet-ctl attach [-as SERVICE] CLIENT SERVICE-DOMAIN
//	domlet-ctl detach CLIENT SERVICE-DOMAIN
//	domlet-ctl list
//	domlet-ctl watch
//
// It ends with 0, with 1 for what went wrong, or with 2 for a command line that it
// does not understand.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/domlet/domlet/services/directory/keeper"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/store/local"
)

const usage = `usage:
  domlet-ctl attach [-as SERVICE] CLIENT SERVICE-DOMAIN
        CLIENT may use the service in SERVICE-DOMAIN, and finds it under the
        name SERVICE (default: that domain's name). Both are names of domains,
        or numbers of domains that there are. A name may be one that there is
        no domain of yet: while domlet-ctl watch runs, they are attached to
        each other whenever there are both.
  domlet-ctl detach CLIENT SERVICE-DOMAIN
        Take that back.
  domlet-ctl list
        Show what was attached, and whether both domains are there.
  domlet-ctl watch
        Keep what services know up to date, and say what changes, until a
        signal ends it. SIGHUP has it read FILE again.
flags, before the command:
  -domains FILE
        Types, tags and other properties of domains, a line for each:
        NAME type=AppVM tags=work,mail default_dispvm=NAME
        template_for_dispvms=yes internal=yes uuid=UUID. With a UUID the line
        is about the domain that has it and no other of that name.
        (default ` + defaultDomains + `, if it is there)
`

// defaultDomains is where the properties of domains are.
const defaultDomains = "/etc/domlet/domains"

// errUsage ends the command with code 2; its message was printed.
var errUsage = errors.New("")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(os.Stderr, "domlet-ctl:", strings.ReplaceAll(text, "\n", "; "))
	}
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

// ctl is one run of the command.
type ctl struct {
	*keeper.Keeper
	domains   string // the file of properties
	optional  bool   // it need not be there
	out, errs io.Writer
}

func run(ctx context.Context, args []string, out, errs io.Writer) error {
	c := &ctl{Keeper: &keeper.Keeper{Random: rand.Reader}, out: out, errs: errs}
	flags := newFlags(errs)
	flags.StringVar(&c.domains, "domains", "", "")
	if err := parse(flags, args); err != nil {
		return err
	}
	if c.domains == "" {
		c.domains, c.optional = defaultDomains, true
	}
	commands := map[string]func(context.Context, []string) error{"attach": c.attach, "detach": c.detach, "list": c.list, "watch": c.watch}
	command := commands[flags.Arg(0)]
	if command == nil {
		return misuse(errs, "domlet-ctl: want attach, detach, list or watch")
	}
	if flags.NArg() > 1 && slices.Contains([]string{"-h", "-help", "--help"}, flags.Arg(1)) { // wherever it is asked
		flags.Usage()
		return flag.ErrHelp
	}
	if err := c.read(); err != nil {
		return err
	}
	s, err := local.Open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	c.Store = s
	return command(ctx, flags.Args()[1:])
}

// newFlags returns a set of flags whose errors say how it is meant.
func newFlags(errs io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("domlet-ctl", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Usage = func() { fmt.Fprint(errs, usage) }
	return flags
}

// parse reads flags. What is wrong with them was printed then.
func parse(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return errUsage
	}
	return err
}

// misuse says what is wrong with a command line and what would be right.
func misuse(errs io.Writer, text string) error {
	fmt.Fprintf(errs, "%s\n%s", text, usage)
	return errUsage
}

// read reads the properties of domains.
func (c *ctl) read() error {
	text, err := os.ReadFile(c.domains)
	if errors.Is(err, fs.ErrNotExist) && c.optional {
		c.Known = nil // also of what it said when it was there
		return nil
	}
	if err != nil {
		return err
	}
	known, err := policy.ParseDomains(c.domains, string(text))
	if err == nil {
		c.Known = known
	}
	return err
}
