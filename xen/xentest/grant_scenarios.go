// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Conformance of grants between two domains. Host, Linux, and domains; on
// goroutines. What one end can check alone is in granttest.

package xentest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/domlet/domlet/xen/grant"
)

// GrantScenarios are what every pair of backends of package grant must do. The
// server grants, the client maps.
func GrantScenarios() []Scenario {
	return []Scenario{
		{"grantpages", granter(offerPages), mapper(takePages)},
		{"grantreadonly", granter(offerReadOnly), mapper(takeReadOnly)},
		{"grantcopy", granter(offerCopies), mapper(takeCopies)},
		{"grantlate", granter(offerLate), mapper(takeLate)},
		{"grantchurn", granter(offerChurn), mapper(takeChurn)},
		{"grantstorm", granter(offerStorm), mapper(takeStorm)},
	}
}

// Words of the desk, a page by which the halves tell each other how far they are,
// in bytes from its start. A number of references comes before the references.
const (
	deskOffer  = 0 // written by the granter: the number of the offer
	deskAnswer = 4 // written by the mapper: the offer that it is done with
	deskCount  = 8
	deskRefs   = 12
)

// desk is the page as one half sees it.
type desk struct {
	*Side
	mem   *grant.Memory
	offer uint32
}

// granter makes the server's half: it grants the desk and runs f, and nothing may
// be left over.
func granter(f func(ctx context.Context, d *desk) error) func(context.Context, *Side) error {
	return func(ctx context.Context, s *Side) error {
		before := s.Grants.Stats()
		page, err := s.Grants.Share(s.Peer, 1, false)
		if err != nil {
			return err
		}
		err = s.Post(ctx, "desk", strconv.FormatUint(uint64(page.Refs()[0]), 10))
		if err == nil {
			err = f(ctx, &desk{Side: s, mem: page.Memory()})
		}
		_, gone := s.Fetch(ctx, "gone")
		return errors.Join(err, gone, page.Close(), s.settled(before))
	}
}

// mapper makes the client's half.
func mapper(f func(ctx context.Context, d *desk) error) func(context.Context, *Side) error {
	return func(ctx context.Context, s *Side) error {
		before := s.Grants.Stats()
		text, err := s.Fetch(ctx, "desk")
		if err != nil {
			return err
		}
		ref, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return err
		}
		page, err := s.Grants.Map(s.Peer, []grant.Ref{grant.Ref(ref)}, false)
		if err != nil {
			return err
		}
		err = f(ctx, &desk{Side: s, mem: page.Memory()})
		return errors.Join(err, page.Close(), s.settled(before), s.Post(ctx, "gone", "yes"))
	}
}

// settled compares what is in use with what it was. One domain that plays both
// halves cannot tell them apart.
func (s *Side) settled(before grant.Stats) error {
	if s.Self == s.Peer {
		return nil
	}
	now := s.Grants.Stats()
	if now.Shared != before.Shared || now.Deferred != before.Deferred || now.Mapped != before.Mapped {
		return fmt.Errorf("left over: %+v, before %+v", now, before)
	}
	return nil
}

// tell makes the next offer.
func (d *desk) tell(refs []grant.Ref) {
	d.mem.Store32(deskCount, uint32(len(refs)))
	for i, r := range refs {
		d.mem.Store32(deskRefs+4*uint32(i), uint32(r))
	}
	d.offer++
	d.mem.Store32(deskOffer, d.offer)
}

// told waits for the next offer.
func (d *desk) told(ctx context.Context) ([]grant.Ref, error) {
	d.offer++
	if err := d.await(ctx, deskOffer); err != nil {
		return nil, err
	}
	refs := make([]grant.Ref, min(d.mem.Load32(deskCount), (grant.PageSize-deskRefs)/4))
	for i := range refs {
		refs[i] = grant.Ref(d.mem.Load32(deskRefs + 4*uint32(i)))
	}
	return refs, nil
}

// answer says that the offer was dealt with; answered waits for that.
func (d *desk) answer() { d.mem.Store32(deskAnswer, d.offer) }

func (d *desk) answered(ctx context.Context) error { return d.await(ctx, deskAnswer) }

// await looks at a word until it has come to the present offer.
func (d *desk) await(ctx context.Context, off uint32) error {
	for d.mem.Load32(off) < d.offer {
		if ctx.Err() != nil {
			return fmt.Errorf("offer %d: %w", d.offer, ctx.Err())
		}
		time.Sleep(50 * time.Microsecond)
	}
	return nil
}

// grantpages: what one side stores on any of many pages the other side loads.

const manyPages = 33 // what a vchan of 64 KiB each way takes

func offerPages(ctx context.Context, d *desk) error {
	s, err := d.Grants.Share(d.Peer, manyPages, false)
	if err != nil {
		return err
	}
	for i := range uint32(manyPages) {
		s.Memory().Store32(i*grant.PageSize+4*i, i+1)
	}
	d.tell(s.Refs())
	err = d.answered(ctx)
	for i := range uint32(manyPages) {
		if v := s.Memory().Load32(i*grant.PageSize + 4*i); v != ^(i+1) && err == nil {
			err = fmt.Errorf("page %d: the granter sees %#x", i, v)
		}
	}
	return errors.Join(err, s.Close())
}

func takePages(ctx context.Context, d *desk) error {
	return d.taking(ctx, false, func(m *grant.Memory) (err error) {
		for i := range uint32(manyPages) {
			at := i*grant.PageSize + 4*i
			if v := m.Load32(at); v != i+1 && err == nil {
				err = fmt.Errorf("page %d: the mapper sees %#x", i, v)
			}
			m.Store32(at, ^m.Load32(at))
		}
		return err
	})
}

// taking maps the next offer, calls f, and answers when nothing is mapped any more.
func (d *desk) taking(ctx context.Context, readOnly bool, f func(m *grant.Memory) error) error {
	refs, err := d.told(ctx)
	if err != nil {
		return err
	}
	defer d.answer()
	m, err := d.Grants.Map(d.Peer, refs, readOnly)
	if err != nil {
		return err
	}
	return errors.Join(f(m.Memory()), m.Close())
}

// grantreadonly: what is granted for reading is read, and cannot be written.

func offerReadOnly(ctx context.Context, d *desk) error {
	s, err := d.Grants.Share(d.Peer, 2, true)
	if err != nil {
		return err
	}
	s.Memory().Store32(grant.PageSize, 7)
	d.tell(s.Refs())
	return errors.Join(d.answered(ctx), s.Close())
}

func takeReadOnly(ctx context.Context, d *desk) error {
	return d.taking(ctx, true, func(m *grant.Memory) error {
		if v := m.Load32(grant.PageSize); v != 7 {
			return fmt.Errorf("the mapper sees %d", v)
		}
		refs := []grant.Ref{grant.Ref(d.mem.Load32(deskRefs))}
		if w, err := d.Grants.Map(d.Peer, refs, false); err == nil {
			return errors.Join(errors.New("mapped for writing"), w.Close())
		}
		write := grant.CopyOp{Peer: d.Peer, Ref: refs[0], Data: []byte("no"), Write: true}
		if d.Grants.Copy([]grant.CopyOp{write}) == nil {
			return errors.New("copied to a page that is for reading")
		}
		return nil
	})
}

// grantcopy: bytes are copied in and out without a mapping.

func offerCopies(ctx context.Context, d *desk) error {
	s, err := d.Grants.Share(d.Peer, 1, false)
	if err != nil {
		return err
	}
	s.Memory().CopyIn(100, []byte("from the granter"))
	d.tell(s.Refs())
	err = d.answered(ctx)
	got := make([]byte, 15)
	if s.Memory().CopyOut(got, grant.PageSize-15); string(got) != "from the mapper" && err == nil {
		err = fmt.Errorf("the granter finds %q", got)
	}
	return errors.Join(err, s.Close())
}

func takeCopies(ctx context.Context, d *desk) error {
	refs, err := d.told(ctx)
	if err != nil {
		return err
	}
	defer d.answer()
	in := make([]byte, 16)
	err = d.Grants.Copy([]grant.CopyOp{
		{Peer: d.Peer, Ref: refs[0], Offset: 100, Data: in},
		{Peer: d.Peer, Ref: refs[0], Offset: grant.PageSize - 15, Data: []byte("from the mapper"), Write: true},
	})
	if string(in) != "from the granter" && err == nil {
		err = fmt.Errorf("the mapper finds %q", in)
	}
	return err
}
