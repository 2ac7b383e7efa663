// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Cases that reach xenstored's quotas. A domain has them, dom0 has not.

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/domlet/domlet/xen/store"
)

// quota wants an error that names a limit.
func quota(err error, limit string) error {
	if !errors.Is(err, store.ErrQuota) || !strings.Contains(err.Error(), limit) {
		return fmt.Errorf("got %v, want a quota of %s", err, limit)
	}
	fmt.Println(err)
	return nil
}

// watches sets as many as there can be; the last fails, and one of the others
// still tells of a change.
func watches(b *bench) error {
	type event struct {
		path string
		err  error
	}
	events := make(chan event)
	for i := 0; ; i++ {
		path := fmt.Sprintf("%s/%d", b.base, i)
		go func() {
			for changed, err := range b.c.Watch(b.ctx, path) {
				events <- event{changed, err}
			}
		}()
		if e := <-events; e.err != nil {
			fmt.Println("watches:", i)
			if err := quota(e.err, "128"); err != nil {
				return err
			}
			break
		}
	}
	if err := b.c.Write(b.ctx, b.base+"/7", "x"); err != nil {
		return err
	}
	if e := <-events; e.err != nil || e.path != b.base+"/7" {
		return fmt.Errorf("event for %s, %v", e.path, e.err)
	}
	return nil
}

func nodes(b *bench) error {
	for i := 0; ; i++ {
		err := b.c.Write(b.ctx, fmt.Sprintf("%s/%d/%d", b.base, i/30, i%30), "")
		if err == nil {
			continue
		}
		fmt.Println("nodes:", i)
		if err := quota(err, "1000"); err != nil {
			return err
		}
		return b.c.Remove(b.ctx, b.base+"/0")
	}
}

func transactions(b *bench) error {
	depth := 0
	var nest func(*store.Tx) error
	nest = func(*store.Tx) error {
		depth++
		return b.c.Transaction(b.ctx, nest)
	}
	err := quota(nest(nil), "10")
	fmt.Println("transactions:", depth-1)
	if err != nil {
		return err
	}
	return b.c.Transaction(b.ctx, func(tx *store.Tx) error { return tx.Write(b.ctx, b.base, "x") })
}

func size(b *bench) error {
	if err := b.c.Write(b.ctx, b.base, strings.Repeat("x", 1900)); err != nil {
		return err
	}
	return quota(b.c.Write(b.ctx, b.base, strings.Repeat("x", 2100)), "2048 bytes")
}

// permissions gives a node more of them than it may have.
func permissions(b *bench) error {
	self, err := b.c.Domid(b.ctx)
	if err != nil {
		return err
	}
	all := []store.Permission{{Domain: self, Access: store.NoAccess}}
	for len(all) < 7 {
		all = append(all, store.Permission{Access: store.ReadOnly})
	}
	if err := b.c.Write(b.ctx, b.base, "x"); err != nil {
		return err
	}
	return quota(b.c.SetPermissions(b.ctx, b.base, all...), "5 permissions")
}
