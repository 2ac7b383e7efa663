// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Conformance of grants: the end of grants and mappings. Host, Linux, and
// domains; on goroutines.

package xentest

import (
	"context"
	"errors"
	"fmt"

	"github.com/domlet/domlet/xen/xentest/granttest"
)

// grantlate: a page whose grant ended while the peer maps it keeps what is in it,
// though the granter shares other pages meanwhile.

const latePages = 4

func offerLate(ctx context.Context, d *desk) error {
	s, err := d.Grants.Share(d.Peer, latePages, false)
	if err != nil {
		return err
	}
	granttest.Fill(s.Memory(), 0x11111111)
	d.tell(s.Refs())
	if err := d.answered(ctx); err != nil { // it is mapped
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	other, err := d.Grants.Share(d.Peer, latePages, false)
	if err != nil {
		return err
	}
	granttest.Fill(other.Memory(), 0x22222222)
	d.tell(nil)
	return errors.Join(d.answered(ctx), other.Close())
}

func takeLate(ctx context.Context, d *desk) error {
	refs, err := d.told(ctx)
	if err != nil {
		return err
	}
	m, err := d.Grants.Map(d.Peer, refs, false)
	d.answer()
	if err != nil {
		return err
	}
	_, err = d.told(ctx)
	defer d.answer()
	for off := uint32(0); off < uint32(m.Memory().Len()); off += 4 {
		if v := m.Memory().Load32(off); v != 0x11111111 && err == nil {
			err = fmt.Errorf("byte %d reads %#x after the grant's end", off, v)
		}
	}
	return errors.Join(err, m.Close())
}

// grantchurn: many grants, one after the other, of different sizes.

const churnRounds = 60

func offerChurn(ctx context.Context, d *desk) error {
	for i := range churnRounds {
		s, err := d.Grants.Share(d.Peer, 1+i%9, false)
		if err != nil {
			return err
		}
		s.Memory().Store32(0, uint32(i))
		d.tell(s.Refs())
		if i%2 == 0 { // the grant ends before, at or after the mapping does
			err = errors.Join(d.answered(ctx), s.Close())
		} else {
			err = errors.Join(s.Close(), d.answered(ctx))
		}
		if err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
	}
	return nil
}

func takeChurn(ctx context.Context, d *desk) error {
	for i := range churnRounds {
		refs, err := d.told(ctx)
		if err != nil {
			return err
		}
		m, err := d.Grants.Map(d.Peer, refs, false)
		switch {
		case err == nil && m.Memory().Load32(0) != uint32(i):
			err = fmt.Errorf("round %d reads %d", i, m.Memory().Load32(0))
		case err != nil && i%2 == 1:
			d.answer() // it was too late: that is no error here
			continue
		}
		if m != nil {
			err = errors.Join(err, m.Close())
		}
		d.answer()
		if err != nil {
			return err
		}
	}
	return nil
}

// grantstorm: on both sides many goroutines are in the memory while it is closed,
// and it is used again for the next round.

const stormRounds = 20

func offerStorm(ctx context.Context, d *desk) error {
	for i := range uint32(stormRounds) {
		s, err := d.Grants.Share(d.Peer, 1, false)
		if err != nil {
			return err
		}
		granttest.Fill(s.Memory(), i+1)
		d.tell(s.Refs())
		if err := d.answered(ctx); err != nil { // it is mapped
			return err
		}
		err = granttest.Storm(s.Memory(), 0, i+1, s.Close)
		d.tell(nil)
		if err := errors.Join(err, d.answered(ctx)); err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
	}
	return nil
}

func takeStorm(ctx context.Context, d *desk) error {
	for i := range uint32(stormRounds) {
		refs, err := d.told(ctx)
		if err != nil {
			return err
		}
		m, err := d.Grants.Map(d.Peer, refs, false)
		d.answer()
		if err != nil {
			return err
		}
		err = granttest.Storm(m.Memory(), 1, i+1, m.Close)
		if _, e := d.told(ctx); e != nil {
			return e
		}
		d.answer()
		if err != nil {
			return fmt.Errorf("round %d: %w", i, err)
		}
	}
	return nil
}
