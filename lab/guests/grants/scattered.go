// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Sharing where memory is in pieces. In a domain.

package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/domlet/domlet/rt"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/xentest/granttest"
)

// scattered breaks the domain's memory into pieces of one frame, and shares many
// pages at once.
func scattered(p granttest.Pair, number string) error {
	n, err := strconv.Atoi(number)
	if err != nil || n < 400 {
		return fmt.Errorf("scattered=%s: so few pages may well follow each other", number)
	}
	table := p.Granter.Table
	singles := make([]*grant.Shared, 1500)
	for i := range singles {
		if singles[i], err = table.Share(p.Peer.ID, 1, false); err != nil {
			return err
		}
	}
	blocks, err := takeRuns(p)
	for i := 0; i < len(singles); i += 2 {
		err = errors.Join(err, singles[i].Close())
	}
	if err != nil {
		return err
	}
	if err := tryPieces(p, n); err != nil {
		return fmt.Errorf("with %d frames free: %w", rt.ReadStats().Free, err)
	}
	for i := 1; i < len(singles); i += 2 {
		err = errors.Join(err, singles[i].Close())
	}
	for _, b := range blocks {
		err = errors.Join(err, b.Close())
	}
	if s := table.Stats(); err == nil && s.Shared+s.Deferred+s.Mapped != 0 {
		err = fmt.Errorf("left over: %+v", s)
	}
	fmt.Println("ok scattered=" + number)
	return err
}

// takeRuns takes what follows each other, and leaves the program itself less than
// the pages that are to be shared.
func takeRuns(p granttest.Pair) (blocks []*grant.Shared, err error) {
	const own, least = 300, 64 // frames
	for size := 1024; size >= least; size /= 2 {
		for rt.ReadStats().Free > uint64(size+own) {
			b, err := p.Granter.Table.Share(p.Peer.ID, size, false)
			if err != nil {
				return blocks, err
			}
			blocks = append(blocks, b)
		}
	}
	return blocks, nil
}

// tryPieces shares n pages, which must be zero, keep what is stored, and be the
// same pages for a peer, several times.
func tryPieces(p granttest.Pair, n int) error {
	for round := range uint32(20) {
		s, err := p.Granter.Table.Share(p.Peer.ID, n, false)
		if err != nil {
			return err
		}
		for off := uint32(0); off < uint32(s.Memory().Len()); off += 4 {
			if v := s.Memory().Load32(off); v != 0 {
				return fmt.Errorf("byte %d is not zero: %#x", off, v)
			}
		}
		granttest.Fill(s.Memory(), round+1)
		page := make([]byte, 4)
		for i, r := range s.Refs() {
			s.Memory().Store32(uint32(i)*grant.PageSize, uint32(i))
			op := grant.CopyOp{Peer: p.Granter.ID, Ref: r, Data: page}
			if err := p.Peer.Table.Copy([]grant.CopyOp{op}); err != nil || page[0] != byte(i) {
				return fmt.Errorf("page %d holds % x for the peer: %w", i, page, err)
			}
		}
		if err := s.Close(); err != nil {
			return err
		}
	}
	return nil
}
