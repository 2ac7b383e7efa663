// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What granted memory costs. In a domain and in dom0.

package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/xentest/granttest"
)

// batch is how many pages are copied in one call.
const batch = 32

// cost prints what calls cost in nanoseconds, with pages that the domain, or Linux,
// grants to itself. A PVH domain cannot map those.
func cost(end granttest.End, mapping bool) error {
	share := func() error {
		s, err := end.Table.Share(end.ID, 1, false)
		if err != nil {
			return err
		}
		return s.Close()
	}
	s, err := end.Table.Share(end.ID, batch, false)
	if err != nil {
		return err
	}
	var ops []grant.CopyOp
	for _, r := range s.Refs() {
		ops = append(ops, grant.CopyOp{Peer: end.ID, Ref: r, Data: make([]byte, grant.PageSize)})
	}
	err = errors.Join(
		price("share", 1, share),
		price("copy", 1, func() error { return end.Table.Copy(ops[:1]) }),
		price("copy-of-32", batch, func() error { return end.Table.Copy(ops) }))
	if mapping && err == nil {
		err = price("map", 1, func() error {
			m, err := end.Table.Map(end.ID, s.Refs()[:1], false)
			if err != nil {
				return err
			}
			return m.Close()
		})
	}
	return errors.Join(err, s.Close())
}

// price prints the median of what f takes for each of n pages: of eleven batches,
// after one that does not count.
func price(name string, n int, f func() error) error {
	const batches, calls = 12, 100
	took := make([]time.Duration, batches)
	for i := range took {
		begin := time.Now()
		for range calls {
			if err := f(); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took[1:])
	fmt.Printf("%s_ns=%d\n", name, took[batches/2].Nanoseconds()/int64(calls*n))
	return nil
}
