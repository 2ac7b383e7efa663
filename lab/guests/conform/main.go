// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Command conform runs one half of the conformance scenarios, or both: as a
// domain, or as a process in dom0 or a Linux guest.
//
//	conform both self ROOM SCENARIO...
//	conform server|client PEER ROOM SCENARIO...
//	conform introduce ID PEER
//
// PEER is a domain's number, or "wait": then the domain waits until somebody in
// dom0 has introduced it to a peer. Both halves have the same ROOM and the same
// scenarios; events, grants and vchan stand for all of a kind. It prints ok and
// the name of each.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/platform/local"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest"
	"github.com/domlet/domlet/xen/xentest/vchantest"
)

// patience is how long a scenario may take. A domain whose loops are not preempted takes a
// minute for some.
const patience = 3 * time.Minute

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
}

func run(words []string) error {
	if len(words) < 3 {
		return fmt.Errorf("%d words are too few: give a role, a peer and a room", len(words))
	}
	ctx := context.Background()
	p, err := local.Open(ctx)
	if err != nil {
		return err
	}
	defer p.Store.Close()
	role, peer, room := words[0], words[1], words[2]
	if role == "introduce" {
		return p.Store.Write(ctx, "/local/domain/"+peer+"/"+peerNode, room)
	}
	scenarios, err := chosen(words[3:])
	if err != nil {
		return err
	}
	side, err := newSide(ctx, p, role, peer)
	if err != nil {
		return err
	}
	for _, s := range scenarios {
		side.Room = room + "-" + s.Name
		begin := time.Now()
		if err := play(ctx, s, *side); err != nil {
			return err
		}
		fmt.Printf("ok %s %v\n", s.Name, time.Since(begin).Round(time.Microsecond))
	}
	return nil
}

// play runs one scenario, the side's half or both.
func play(ctx context.Context, s xentest.Scenario, side xentest.Side) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if side.Role != "both" {
		return s.Half(ctx, &side)
	}
	server, client := side, side
	server.Role, client.Role = xentest.Server, xentest.Client
	return s.Both(ctx, &server, &client)
}

// chosen returns the scenarios that words name.
func chosen(words []string) (all []xentest.Scenario, err error) {
	kinds := map[string][]xentest.Scenario{
		"events": xentest.EventScenarios(), "grants": xentest.GrantScenarios(), "vchan": vchantest.Scenarios(),
	}
	for _, word := range words {
		list := kinds[word]
		if list == nil {
			list = named(word, kinds)
		}
		if list == nil {
			return nil, fmt.Errorf("no scenario %q", word)
		}
		all = append(all, list...)
	}
	return all, nil
}

// named finds one scenario.
func named(name string, kinds map[string][]xentest.Scenario) []xentest.Scenario {
	for _, list := range kinds {
		for _, s := range list {
			if s.Name == name {
				return []xentest.Scenario{s}
			}
		}
	}
	return nil
}

// newSide finds out who this domain is, and who its peer.
func newSide(ctx context.Context, p *platform.Platform, role, peer string) (s *xentest.Side, err error) {
	s = &xentest.Side{Role: role, Platform: p}
	if s.Self, err = p.Store.Domid(ctx); err != nil {
		return nil, err
	}
	s.Peer, err = findPeer(ctx, p.Store, s.Self, peer)
	return s, err
}

// peerNode is where a domain finds its peer's number.
const peerNode = "data/conform-peer"

func findPeer(ctx context.Context, nodes *store.Client, self abi.Domid_t, peer string) (abi.Domid_t, error) {
	switch peer {
	case "self":
		return self, nil
	case "wait":
		return introduced(ctx, nodes)
	}
	n, err := strconv.ParseUint(peer, 10, 16)
	return abi.Domid_t(n), err
}

// introduced waits until the domain has been introduced to a peer.
func introduced(ctx context.Context, nodes *store.Client) (abi.Domid_t, error) {
	for _, err := range nodes.Watch(ctx, peerNode) {
		if err != nil {
			return 0, err
		}
		text, err := nodes.Read(ctx, peerNode)
		if err != nil {
			continue // not yet there
		}
		n, err := strconv.ParseUint(text, 10, 16)
		return abi.Domid_t(n), err
	}
	return 0, ctx.Err()
}
