// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command domain is the relay of qrexec as a domain of its own: what Qubes OS has in
// dom0, one daemon for each domain and the policy. Dom0 attaches domains to it
// ("domlet-ctl attach -as qrexec NAME RELAY"); their agents then call each other's
// services, as far as the policy lets them, and their data do not pass here. It
// prints a line for each decision.
//
//	[-policy DIRECTORY] [-ask DOMAIN] [-user NAME]
//
// Its policy is that of the directory /etc/qubes/policy.d, which a ramdisk can have
// ("mkimage build -files policy.d:/etc/qubes/policy.d"), and else one that denies
// everything.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/pages"
	"github.com/domlet/domlet/xen/platform/local"
)

// It has package net for the types of connections, and no network.
//
//domlet:offline

// quarantine is how many slices may be in quarantine before the domain ends.
const quarantine = 4

//go:embed default.policy
var defaultPolicy string

// options are the arguments.
type options struct{ policy, ask, user string }

func main() {
	var o options
	flag.StringVar(&o.policy, "policy", "/etc/qubes/policy.d", "directory of policy files")
	flag.StringVar(&o.ask, "ask", "", "domain whose policy.Ask is asked; none: what is to be asked is refused")
	flag.StringVar(&o.user, "user", "user", "as whom services run where no rule says")
	flag.Parse()
	if err := serve(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "qrexec:", err)
		os.Exit(1)
	}
}

// serve attends whoever dom0 attaches, for ever.
func serve(ctx context.Context, o options) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	d, err := directory.Open(ctx, p.Store)
	if err != nil {
		return err
	}
	set := slice.New(slice.Options{Platform: p, Pages: pages.Local(), Budget: relay.Budget, Log: say, Quarantine: quarantine, Fatal: fatal})
	own := set.Open("calls of its own", nil)
	rules := &relay.Rules{Policy: load(o.policy), Directory: d, User: o.user, Audit: func(line string) { say("audit: " + line) }}
	r := &relay.Relay{
		Transport: &byvchan.Transport{Platform: p}, Self: d.Own(), Go: func(f func()) { relay.Start(own, f) },
		Clock: p.Clock, Logf: func(format string, args ...any) { say(fmt.Sprintf(format, args...)) }, Decide: rules.Decide,
	}
	if o.ask != "" {
		rules.Ask = (&relay.Asker{Relay: r, Directory: d, Domain: o.ask, User: o.user, Time: time.Minute}).Ask
	}
	attached := relay.NewAttached(r, set)
	say("qrexec: ready")
	for ch, err := range d.Follow(ctx) {
		if err != nil {
			return err
		}
		attached.Change(ch)
	}
	return nil
}

// load returns the policy in a directory, and the built-in one where there is no directory. One with an error denies everything.
func load(dir string) (p *policy.Policy) {
	_, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p, err = policy.Parse("default.policy", defaultPolicy)
	case err == nil:
		p, err = policy.Load(policy.Files{FS: os.DirFS("/"), Paths: []string{strings.Trim(dir, "/")}})
	default:
		p = policy.Broken(err)
	}
	if err != nil {
		say("qrexec: every call is refused, the policy has errors: " + err.Error())
	}
	return p
}

func say(line string) { fmt.Println(line) }

// fatal ends the domain; xl starts it anew if its configuration says so.
func fatal(line string) {
	fmt.Fprintln(os.Stderr, line)
	os.Exit(1)
}
