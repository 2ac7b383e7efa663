// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Package granttest is what every backend of package grant must do: cases over a
// granter and a peer, which may be two domains in memory, or one real domain or
// Linux that grants to itself. Any goroutine; in domains, in Linux, in tests.
package granttest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
)

// End is one side: a table, and the number by which the other side knows it.
type End struct {
	Table grant.Table
	ID    abi.Domid_t
}

// Pair is a granter and the peer that it grants to. They may be the same.
type Pair struct{ Granter, Peer End }

// Case is one property. N says how often it is repeated, or how large it is.
type Case struct {
	Name string
	N    int // what a test in every run takes
	Run  func(p Pair, n int) error
}

// Cases lists the properties.
func Cases() []Case {
	return []Case{
		{"words", 64, words},
		{"readonly", 4, readOnly},
		{"refusal", 1, refusal},
		{"copies", 40, copies},
		{"closed", 10, afterClose},
		{"deferred", 10, deferred},
		{"growth", 900, growth},
		{"repeat", 1000, repeat},
		{"storm", 200, storm},
	}
}

// share grants pages to the peer, which maps them.
func (p Pair) share(pages int) (*grant.Shared, *grant.Mapping, error) {
	s, err := p.Granter.Table.Share(p.Peer.ID, pages, false)
	if err != nil {
		return nil, nil, err
	}
	m, err := p.Peer.Table.Map(p.Granter.ID, s.Refs(), false)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, m, nil
}

// settled compares what is in use with what it was: nothing may be left over.
func (p Pair) settled(before [2]grant.Stats) error {
	for i, now := range p.stats() {
		was := before[i]
		if now.Shared != was.Shared || now.Deferred != was.Deferred || now.Mapped != was.Mapped {
			return fmt.Errorf("left over: %+v, before %+v", now, was)
		}
	}
	return nil
}

func (p Pair) stats() [2]grant.Stats {
	return [2]grant.Stats{p.Granter.Table.Stats(), p.Peer.Table.Stats()}
}

// words: what one side stores the other side loads, on every page, and the pages
// stand in the order of their references.
func words(p Pair, pages int) error {
	before := p.stats()
	s, m, err := p.share(pages)
	if err != nil {
		return err
	}
	if s.Memory().Len() != pages*grant.PageSize || m.Memory().Len() != pages*grant.PageSize {
		return fmt.Errorf("%d and %d bytes", s.Memory().Len(), m.Memory().Len())
	}
	for i := range uint32(pages) {
		at := i*grant.PageSize + 4*i
		if v := m.Memory().Load32(at); v != 0 {
			return fmt.Errorf("page %d was not zero: %#x", i, v)
		}
		s.Memory().Store32(at, i+1)
		if v := m.Memory().Or32(at, 1<<31); v != i+1 || s.Memory().Load32(at) != 1<<31|v {
			return fmt.Errorf("page %d: the peer sees %#x", i, v)
		}
	}
	return errors.Join(m.Close(), s.Close(), p.settled(before))
}

// readOnly: a page granted for reading is read, and not mapped for writing.
func readOnly(p Pair, pages int) error {
	before := p.stats()
	s, err := p.Granter.Table.Share(p.Peer.ID, pages, true)
	if err != nil {
		return err
	}
	s.Memory().CopyIn(5, []byte("readable"))
	m, err := p.Peer.Table.Map(p.Granter.ID, s.Refs(), true)
	if err != nil {
		return err
	}
	got := make([]byte, 8)
	if m.Memory().CopyOut(got, 5); string(got) != "readable" {
		return fmt.Errorf("the peer reads %q", got)
	}
	if w, err := p.Peer.Table.Map(p.Granter.ID, s.Refs(), false); err == nil {
		return errors.Join(errors.New("mapped for writing"), w.Close())
	}
	return errors.Join(m.Close(), s.Close(), p.settled(before))
}

// refusal: a reference that was not granted is an error, whatever came before it.
func refusal(p Pair, _ int) error {
	before := p.stats()
	s, err := p.Granter.Table.Share(p.Peer.ID, 1, false)
	if err != nil {
		return err
	}
	for _, refs := range [][]grant.Ref{{1<<32 - 1}, {s.Refs()[0], 1 << 30}} {
		if m, err := p.Peer.Table.Map(p.Granter.ID, refs, false); err == nil {
			return errors.Join(fmt.Errorf("%d was mapped", refs), m.Close())
		}
	}
	return errors.Join(s.Close(), p.settled(before))
}

// copies: bytes go both ways without a mapping, many operations at once, and one
// that fails does not stop the others.
func copies(p Pair, n int) error {
	s, err := p.Granter.Table.Share(p.Peer.ID, 2, false)
	if err != nil {
		return err
	}
	var ops []grant.CopyOp
	for i := range n {
		ops = append(ops, grant.CopyOp{Peer: p.Granter.ID, Ref: s.Refs()[i%2], Offset: uint32(100 * (i / 2)),
			Data: []byte(fmt.Sprintf("piece %d", i)), Write: true})
	}
	bad := grant.CopyOp{Peer: p.Granter.ID, Ref: 1 << 30, Data: make([]byte, 8)}
	ops = append(ops[:n/2], append([]grant.CopyOp{bad}, ops[n/2:]...)...)
	if err := p.Peer.Table.Copy(ops); err == nil || err != ops[n/2].Err {
		return fmt.Errorf("one bad copy of many: %v, %v", err, ops[n/2].Err)
	}
	for i := range ops {
		if i == n/2 {
			continue
		}
		want := ops[i].Data
		got := make([]byte, len(want))
		s.Memory().CopyOut(got, uint32(slices.Index(s.Refs(), ops[i].Ref))*grant.PageSize+ops[i].Offset)
		if !bytes.Equal(got, want) {
			return fmt.Errorf("copy %d: %q, not %q", i, got, want)
		}
		back := grant.CopyOp{Peer: p.Granter.ID, Ref: ops[i].Ref, Offset: ops[i].Offset, Data: make([]byte, len(want))}
		if err := p.Peer.Table.Copy([]grant.CopyOp{back}); err != nil || !bytes.Equal(back.Data, want) {
			return fmt.Errorf("back: %q, %v", back.Data, err)
		}
	}
	return s.Close()
}

// afterClose: closed memory reads as zeros, on both sides, and takes no writes.
func afterClose(p Pair, n int) error {
	for range n {
		s, m, err := p.share(1)
		if err != nil {
			return err
		}
		s.Memory().Store32(0, 7)
		if err := m.Close(); err != nil {
			return err
		}
		m.Memory().Store32(0, 8)
		if v := m.Memory().Load32(0); v != 0 || s.Memory().Load32(0) != 7 {
			return fmt.Errorf("after Close the peer reads %d, the granter %d", v, s.Memory().Load32(0))
		}
		if err := m.Close(); !errors.Is(err, os.ErrClosed) {
			return fmt.Errorf("second Close: %v", err)
		}
		if err := s.Close(); err != nil || s.Memory().Load32(0) != 0 {
			return fmt.Errorf("closed: %v", err)
		}
	}
	return nil
}

// deferred: a page whose grant ended keeps its contents for the peer that maps
// it, and is nobody else's until the peer lets go.
func deferred(p Pair, n int) error {
	before := p.stats()
	var maps []*grant.Mapping
	for i := range n {
		s, m, err := p.share(2)
		if err != nil {
			return err
		}
		s.Memory().Store32(4, uint32(i))
		if err := s.Close(); err != nil {
			return err
		}
		maps = append(maps, m)
	}
	for i, m := range maps {
		if v := m.Memory().Load32(4); v != uint32(i) {
			return fmt.Errorf("mapping %d of pages no longer granted reads %d", i, v)
		}
		if err := m.Close(); err != nil {
			return err
		}
	}
	return p.settled(before)
}

// growth: more grants at once than the table's first frame has entries for.
func growth(p Pair, pages int) error {
	before := p.stats()
	const each = 60
	var shared []*grant.Shared
	var err error
	for n := 0; n < pages && err == nil; n += each {
		var s *grant.Shared
		if s, err = p.Granter.Table.Share(p.Peer.ID, each, false); err == nil {
			s.Memory().Store32(uint32(s.Memory().Len()-4), uint32(n))
			shared = append(shared, s)
		}
	}
	for i, s := range shared {
		m, e := p.Peer.Table.Map(p.Granter.ID, s.Refs(), false)
		if e == nil {
			if v := m.Memory().Load32(uint32(m.Memory().Len() - 4)); v != uint32(i*each) {
				e = fmt.Errorf("block %d reads %d", i, v)
			}
			e = errors.Join(e, m.Close())
		}
		err = errors.Join(err, e, s.Close())
	}
	return errors.Join(err, p.settled(before))
}

// repeat: nothing is left over after many rounds, whichever side closes first.
func repeat(p Pair, n int) error {
	before := p.stats()
	for i := range n {
		s, m, err := p.share(1 + i%4)
		if err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
		first, second := error(nil), error(nil)
		if i%2 == 0 {
			first, second = s.Close(), m.Close()
		} else {
			first, second = m.Close(), s.Close()
		}
		if first != nil || second != nil {
			return fmt.Errorf("round %d: %w", i, errors.Join(first, second))
		}
	}
	return p.settled(before)
}
