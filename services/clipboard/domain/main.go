// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command domain is the clipboard as a domain of its own. Dom0 attaches clients to
// it with domlet-ctl; they use domlet-clip, or speak the protocol of
// docs/clipboard.md over a vchan. It prints what it does, and writes into its
// xenstore directory what its slices hold (data/clipboard).
//
//	[-policy DIRECTORY] [-strip] [-expiry 5m] [-handler 30s] [-limit NAME=BYTES]...
//
// Its policy is that of the directory /etc/domlet/policy.d, which a ramdisk can have
// ("mkimage build -files policy.d:/etc/domlet/policy.d"), and else default.policy.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/domlet/domlet/services/clipboard"
	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/journal"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/services/slice"
	"github.com/domlet/domlet/xen/pages"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/platform/local"
)

// It has package net for the types of connections, and no network.
//
//domlet:offline
//domlet:cfg memory=16

// quarantine is how many slices may be in quarantine before the domain ends.
const quarantine = 4

//go:embed default.policy
var defaultPolicy string

func main() {
	say := journal.New(os.Stdout)
	o := clipboard.Options{Limits: map[string]int{}, Audit: func(e clipboard.Event) { say.Say("audit: " + e.String()) }}
	budget := clipboard.Budget
	rules := flag.String("policy", "/etc/domlet/policy.d", "directory of policy files")
	flag.BoolVar(&o.Strip, "strip", false, "take control characters out of all text")
	flag.DurationVar(&o.Expiry, "expiry", clipboard.DefaultExpiry, "how long contents are kept")
	flag.DurationVar(&budget.Handler, "handler", budget.Handler, "how long a client may take over a request")
	flag.Func("limit", "NAME=BYTES: what a domain may copy at most", func(v string) error { return limit(o.Limits, v) })
	flag.Parse()
	say.Fatal("clipboard: " + serve(context.Background(), o, budget, *rules, say).Error())
}

// limit reads one -limit.
func limit(limits map[string]int, text string) error {
	name, value, _ := strings.Cut(text, "=")
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > clipboard.MaxLimit || !policy.ValidName(name) {
		return fmt.Errorf("write NAME=BYTES, with at most %d bytes", clipboard.MaxLimit)
	}
	limits[name] = n
	return nil
}

// serve serves whoever dom0 attaches, for ever.
func serve(ctx context.Context, o clipboard.Options, b slice.Budget, rules string, say *journal.Journal) error {
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	d, err := directory.Open(ctx, p.Store)
	if err != nil {
		return err
	}
	own := slice.New(slice.Options{Platform: p, Pages: pages.Local(), Budget: slice.Budget{Goroutines: 1}, Log: say.Say, Fatal: say.Fatal})
	own.Open("journal", nil).Go("write", say.Run) // whatever ends, it is said
	o.Clock = p.Clock
	o.Policy = &clipboard.Rules{Policy: load(rules, say), Directory: d}
	n := &notice{p: p, say: say}
	n.set = slice.New(slice.Options{Platform: p, Pages: pages.Local(), Budget: b, Log: n.log, Quarantine: quarantine, Fatal: say.Fatal})
	s := clipboard.NewServer(clipboard.New(o), n.set, p.Clock, d.Identify)
	n.log("clipboard: ready")
	for ch, err := range d.Follow(ctx) {
		switch {
		case err != nil:
			return err
		case ch.Left:
			s.Detach(ch.ID)
		default:
			s.Attach(ch.Client)
		}
	}
	return errors.New("nothing more is heard of xenstore")
}

// load returns the policy in a directory, and the built-in one where there is no directory. One with an error denies everything.
func load(dir string, say *journal.Journal) *policy.Policy {
	p, err := policy.LoadDir(os.DirFS("/"), dir, defaultPolicy)
	if err != nil {
		say.Say("clipboard: nothing can be pasted, the policy has errors: " + err.Error())
	}
	return p
}

// notice prints lines about slices, and a little later has xenstore say what all of them hold.
type notice struct {
	p   *platform.Platform
	say *journal.Journal
	set *slice.Set

	mu  sync.Mutex
	due bool
}

func (n *notice) log(line string) {
	n.say.Say(line)
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.due {
		n.due = true
		n.p.Clock.AfterFunc(time.Second, n.publish)
	}
}

// publish writes the state into xenstore, for dom0 to read.
func (n *notice) publish() {
	n.mu.Lock()
	n.due = false
	n.mu.Unlock()
	connections, bytes, list := 0, 0, n.set.Status()
	for _, s := range list {
		connections += s.Connections
		bytes += s.Bytes
	}
	text := fmt.Sprintf("slices=%d connections=%d bytes=%d quarantine=%d", len(list), connections, bytes, n.set.Quarantined())
	if err := n.p.Store.Write(context.Background(), "data/clipboard", text); err != nil {
		n.say.Say("clipboard: " + err.Error())
	}
}
