// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Limits, and what stands where a mapping was. In a domain that grants to itself.

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/xentest/granttest"
)

// fill grants until there are no entries left, which must be said with the name
// of the setting, and needs them all to be there again.
func fill(end granttest.End, frames string) error {
	var shared []*grant.Shared
	var err error
	for err == nil {
		var s *grant.Shared
		if s, err = end.Table.Share(end.ID, 8, false); err == nil {
			shared = append(shared, s)
		}
	}
	s := end.Table.Stats()
	if !errors.Is(err, grant.ErrTableFull) || !strings.Contains(err.Error(), "max_grant_frames") ||
		strconv.Itoa(s.Frames) != frames || s.Frames != s.Limit || s.Free >= 8 {
		return fmt.Errorf("full table: %w, %+v", err, s)
	}
	for _, s := range shared {
		if err := s.Close(); err != nil {
			return err
		}
	}
	if now := end.Table.Stats(); now.Free != s.Free+8*len(shared) || now.Shared+now.Deferred != 0 {
		return fmt.Errorf("emptied table: %+v, full %+v", now, s)
	}
	fmt.Println("ok full=" + frames)
	return nil
}

// mapAll maps pages again and again until Xen tracks no more mappings, which must
// be said with the name of the setting, and needs all to be gone afterwards. Xen
// counts the mappings of one page in eight bits: there must be several.
func mapAll(p granttest.Pair, number string) error {
	least, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	s, err := p.Granter.Table.Share(p.Peer.ID, 16, false)
	if err != nil {
		return err
	}
	var maps []*grant.Mapping
	for err == nil {
		var m *grant.Mapping
		if m, err = p.Peer.Table.Map(p.Granter.ID, s.Refs(), false); err == nil {
			maps = append(maps, m)
		}
	}
	if !errors.Is(err, grant.ErrMaptrackFull) || !strings.Contains(err.Error(), "max_maptrack_frames") || 16*len(maps) < least {
		return fmt.Errorf("after %d mappings: %w", 16*len(maps), err)
	}
	for _, m := range maps {
		if err := m.Close(); err != nil {
			return err
		}
	}
	if now := p.Peer.Table.Stats(); now.Mapped != 0 {
		return fmt.Errorf("left over: %+v", now)
	}
	fmt.Println("ok maps=" + number)
	return s.Close()
}

// zeros breaks the rule not to keep what Peek shows: where a mapping was there
// are zeros, and never a fault or what another mapping has there.
func zeros(p granttest.Pair, number string) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	s, err := p.Granter.Table.Share(p.Peer.ID, n, false)
	if err != nil {
		return err
	}
	granttest.Fill(s.Memory(), 0x5a5a5a5a)
	m, err := p.Peer.Table.Map(p.Granter.ID, s.Refs(), false)
	if err != nil {
		return err
	}
	var kept []byte
	m.Memory().Peek(0, m.Memory().Len(), func(b []byte) { kept = b })
	if kept[0] != 0x5a {
		return fmt.Errorf("the mapping shows %#x", kept[0])
	}
	if err := m.Close(); err != nil {
		return err
	}
	for i, b := range kept {
		if b != 0 {
			return fmt.Errorf("byte %d of what was mapped is %#x", i, b)
		}
	}
	fmt.Println("ok zeros=" + number)
	return s.Close()
}
