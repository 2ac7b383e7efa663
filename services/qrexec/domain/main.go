// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command domain is the relay of qrexec as a domain of its own: what Qubes OS has in
// dom0, one daemon for each domain and the policy. Dom0 attaches domains to it
// ("domlet-ctl attach -as qrexec NAME RELAY"); their agents then call each other's
// services, as far as the policy lets them, and their data do not pass here, but for
// those of the domains that -mediate names. It prints a line for each decision.
//
//	[-policy DIRECTORY] [-ask DOMAIN] [-mediate TAG] [-user NAME]
//
// Its policy is that of the directory /etc/qubes/policy.d, which a ramdisk can have
// ("mkimage build -files policy.d:/etc/qubes/policy.d"), and else one that denies
// everything. While it runs, dom0, and whoever the policy lets, changes it by Qubes'
// own services policy.Replace and so on with the target @adminvm (package admin); a
// relay that is started anew begins with its ramdisk again.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"os"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/journal"
	"github.com/domlet/domlet/services/policy/book"
	"github.com/domlet/domlet/services/qrexec/admin"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/pages"
	"github.com/domlet/domlet/xen/platform/local"
)

// It has package net for the types of connections, and no network.
//
//domlet:offline
//domlet:cfg memory=32

// quarantine is how many slices may be in quarantine before the domain ends.
const quarantine = 4

//go:embed default.policy
var defaultPolicy string

// options are the arguments.
type options struct{ policy, ask, mediate, user string }

func main() {
	var o options
	flag.StringVar(&o.policy, "policy", "/etc/qubes/policy.d", "directory of policy files")
	flag.StringVar(&o.ask, "ask", "", "domain whose policy.Ask is asked and policy.Notify told; none: what is to be asked is refused")
	flag.StringVar(&o.mediate, "mediate", "", "tag of domains that share memory with none but the relay, which passes their calls on; @anyvm: all")
	flag.StringVar(&o.user, "user", "user", "as whom services run where no rule says")
	flag.Parse()
	say := journal.New(os.Stdout)
	say.Fatal("qrexec: " + serve(context.Background(), o, say).Error())
}

// serve attends whoever dom0 attaches, for ever.
func serve(ctx context.Context, o options, say *journal.Journal) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	d, err := directory.Open(ctx, p.Store)
	if err != nil {
		return err
	}
	set := slice.New(slice.Options{Platform: p, Pages: pages.Local(), Budget: relay.Budget, Log: say.Say, Quarantine: quarantine, Fatal: say.Fatal})
	own := set.Open("calls of its own", nil)
	set.Open("journal", nil).Go("write", say.Run) // whatever ends, it is said
	rulebook := open(o.policy, say)
	services := admin.New(rulebook, say.Sayf)
	rules := &relay.Rules{Policy: rulebook.Policy, Directory: d, User: o.user, Own: services.Has, Audit: func(line string) { say.Say("audit: " + line) }}
	r := &relay.Relay{
		Transport: &byvchan.Transport{Platform: p}, Self: d.Own(), Go: own.Spawn,
		Clock: p.Clock, Logf: say.Sayf, Decide: rules.Decide, Handler: services,
	}
	if o.ask != "" {
		a := &relay.Asker{Relay: r, Directory: d, Domain: o.ask, User: o.user, Time: time.Minute}
		rules.Ask, rules.Notify = a.Ask, a.Notify
	}
	if o.mediate != "" {
		rules.Mediate = relay.ByTag(o.mediate)
	}
	attached := relay.NewAttached(r, set)
	say.Say("qrexec: ready")
	for ch, err := range d.Follow(ctx) {
		if err != nil {
			return err
		}
		attached.Change(ch)
	}
	return errors.New("nothing more is heard of xenstore")
}

// open opens the policy in a directory. One with an error denies everything, until dom0 mends it.
func open(dir string, say *journal.Journal) *book.Book {
	b, err := book.Open(os.DirFS("/"), dir, defaultPolicy)
	if err != nil {
		say.Say("qrexec: every call is refused, the policy has errors: " + err.Error())
	}
	return b
}
