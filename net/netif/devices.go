// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Which interfaces a domain is to serve. Any goroutine.

package netif

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
)

// Device is an interface that this domain is the backend of.
type Device struct {
	Front  abi.Domid_t // the domain it belongs to
	Number int         // there
}

// devicesPath is where the toolstack makes the nodes of backends.
const devicesPath = "backend/vif"

// Devices returns an iterator over the interfaces that the toolstack made this
// domain serve, in order: those there are now, and all again after each change. An
// error is the last value. What is not in the list any more is gone: close its
// link.
func Devices(ctx context.Context, p *platform.Platform) iter.Seq2[[]Device, error] {
	return func(yield func([]Device, error) bool) {
		var last []Device
		first := true
		for _, err := range p.Store.Watch(ctx, devicesPath) {
			var now []Device
			if err == nil {
				now, err = devices(ctx, directory{p.Store.Nodes, devicesPath})
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !first && slices.Equal(now, last) {
				continue
			}
			if first, last = false, now; !yield(slices.Clone(now), nil) {
				return
			}
		}
	}
}

// devices lists them once. A directory counts when the toolstack has filled it.
func devices(ctx context.Context, d directory) (list []Device, err error) {
	fronts, err := d.numbers(ctx, abi.DOMID_FIRST_RESERVED-1)
	for _, front := range fronts {
		of := d.below(strconv.Itoa(front))
		numbers, err := of.numbers(ctx, 1<<16)
		if err != nil {
			return nil, err
		}
		for _, n := range numbers {
			path, err := of.below(strconv.Itoa(n)).text(ctx, "frontend")
			if err != nil {
				return nil, err
			}
			if path != "" {
				list = append(list, Device{abi.Domid_t(front), n})
			}
		}
	}
	slices.SortFunc(list, func(a, b Device) int {
		return cmp.Or(cmp.Compare(a.Front, b.Front), cmp.Compare(a.Number, b.Number))
	})
	return list, err
}

// numbers lists the children of a directory that are numbers up to most.
func (d directory) numbers(ctx context.Context, most uint64) (list []int, err error) {
	names, err := d.nodes.List(ctx, d.path)
	if absent(err) {
		return nil, nil
	}
	for _, name := range names {
		if n, bad := strconv.ParseUint(name, 10, 32); bad == nil && n <= most {
			list = append(list, int(n))
		}
	}
	return list, err
}
