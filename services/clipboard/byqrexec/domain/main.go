// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command domain is a clipboard that is called by qrexec, as a domain of its own:
// under Qubes OS a qube with dom0's daemon, elsewhere a client of a relay
// ("domlet-ctl attach -as qrexec NAME RELAY").
//
//	[-policy DIRECTORY] [-expiry TIME] [-strip] [-relay]
//
// The policy of who may paste what whom copied is in the directory
// /etc/domlet/policy.d, which a ramdisk can have; without one nobody may.
package main

import (
	"context"
	_ "embed"
	"flag"
	"os"
	"time"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/services/clipboard/byqrexec"
	"github.com/domlet/domlet/services/journal"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/byvchan"
	"github.com/domlet/domlet/services/qrexec/vm"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/pages"
	"github.com/domlet/domlet/xen/platform/local"
)

// It has package net for the types of connections, and no network.
//
//domlet:offline

// agentBudget is what all calls together may use.
var agentBudget = slice.Budget{Goroutines: qrexec.Goroutines(maxServed), Handler: time.Minute, Grace: 10 * time.Second}

// maxServed is how many calls are served at once.
const maxServed = 64

// quarantine is how many slices may be in quarantine before the domain ends.
const quarantine = 4

//go:embed default.policy
var defaultPolicy string

func main() {
	say := journal.New(os.Stdout)
	o := clipboard.Options{Audit: func(e clipboard.Event) { say.Say("audit: " + e.String()) }}
	rules := flag.String("policy", "/etc/domlet/policy.d", "directory of policy files")
	relay := flag.Bool("relay", false, "the daemon is the relay that dom0 attached this domain to, and not Qubes' in dom0")
	flag.BoolVar(&o.Strip, "strip", false, "take control characters out of all text")
	flag.DurationVar(&o.Expiry, "expiry", clipboard.DefaultExpiry, "how long contents are kept")
	flag.Parse()
	say.Fatal("clipboard: " + serve(context.Background(), o, *rules, *relay, say).Error())
}

// serve serves whoever the daemon lets call, for ever.
func serve(ctx context.Context, o clipboard.Options, rules string, relay bool, say *journal.Journal) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	own := slice.New(slice.Options{Platform: p, Pages: pages.Local(), Budget: agentBudget, Log: say.Say, Fatal: say.Fatal})
	own.Open("journal", nil).Go("write", say.Run) // whatever ends, it is said
	calls := own.Open("qrexec", func(why error) { say.Fatal("clipboard: qrexec: " + why.Error()) })
	decides, err := policy.LoadDir(os.DirFS("/"), rules, defaultPolicy)
	if err != nil {
		say.Say("clipboard: nothing can be pasted, the policy has errors: " + err.Error())
	}
	set := slice.New(slice.Options{Platform: p, Pages: pages.Local(), Budget: clipboard.Budget, Log: say.Say, Quarantine: quarantine, Fatal: say.Fatal})
	roll := byqrexec.NewRoll(set)
	o.Clock, o.Policy = p.Clock, &clipboard.Rules{Policy: decides, Directory: roll}
	mux := byqrexec.Services(clipboard.New(o), roll)
	agent := &qrexec.Agent{
		Transport: byvchan.New(p, !relay), Handler: mux, MaxServed: maxServed, Go: calls.Spawn, Logf: say.Sayf,
	}
	say.Say("clipboard: ready")
	if relay {
		return byvchan.Run(ctx, p.Store, agent)
	}
	vm.Register(mux, p.Clock)
	return vm.Run(ctx, agent, "qrexec")
}
