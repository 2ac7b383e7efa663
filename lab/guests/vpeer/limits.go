// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a domain runs out of. On the main goroutine.

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/store"
)

// fails does a job that must fail.
func fails(ctx context.Context, p *platform.Platform, job []string) error {
	err := do(ctx, p, job)
	if err == nil {
		return fmt.Errorf("%q did not fail", job)
	}
	fmt.Println("failed:", err)
	return nil
}

// filled is above the nodes that fill makes.
const filled = "data/filled"

// fill uses up the domain's nodes in xenstore.
func fill(ctx context.Context, p *platform.Platform) error {
	for i := range 10_000 {
		if err := p.Store.Mkdir(ctx, fmt.Sprintf("%s/%d/%d", filled, i%40, i)); err != nil {
			if errors.Is(err, store.ErrQuota) {
				fmt.Println("filled with", i)
				return nil
			}
			return err
		}
	}
	return errors.New("there is no quota of nodes")
}
