// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How the two ends of a console find each other in xenstore. Any goroutine.

package console

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"strconv"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/evtchn"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/store"
)

// state is a device's state as its node says, not yet compared with anything.
type state uint64

// alive reports whether a device in this state may still do something.
func (s state) alive() bool { return s >= abi.XenbusStateInitialising && s <= abi.XenbusStateConnected }

// states are the states of a device, one after the other; 0 where it has none.
func states(ctx context.Context, s *store.Client, node string) iter.Seq2[state, error] {
	return func(yield func(state, error) bool) {
		for _, err := range s.Watch(ctx, node+"/state") {
			n := uint64(0)
			if err == nil {
				n, err = number(ctx, s, node+"/state", 8)
			}
			if errors.Is(err, fs.ErrNotExist) {
				n, err = 0, nil
			}
			if !yield(state(n), err) {
				return
			}
		}
	}
}

// number reads a node that holds a decimal number of at most that many bits.
func number(ctx context.Context, s *store.Client, path string, bits int) (uint64, error) {
	text, err := s.Read(ctx, path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		return 0, fmt.Errorf("console: %s is %.20q, no number that can stand there", path, text)
	}
	return n, nil
}

// await waits until a device is in the wanted state. One that was there does not come
// back.
func await(ctx context.Context, s *store.Client, node string, want state) error {
	there := false
	for now, err := range states(ctx, s, node) {
		if err != nil || now == want {
			return err
		}
		if now > abi.XenbusStateConnected || there && now == 0 {
			return fmt.Errorf("console: the other end at %s closes the console, or is gone", node)
		}
		there = now != 0
	}
	return ctx.Err()
}

func set(ctx context.Context, s *store.Client, node string, to state) error {
	return s.Write(ctx, node+"/state", strconv.Itoa(int(to)))
}

// Open connects the domain's console with that number, 1 or more, and waits for
// the other end. A console that is not configured is fs.ErrNotExist.
func Open(ctx context.Context, p *platform.Platform, n int) (*Console, error) {
	node := "device/console/" + strconv.Itoa(n)
	peer, err := number(ctx, p.Store, node+"/backend-id", 16)
	if err != nil {
		return nil, err
	}
	other, err := p.Store.Read(ctx, node+"/backend")
	if err != nil {
		return nil, err
	}
	shared, err := p.Grants.Share(abi.Domid_t(peer), 1, false)
	if err != nil {
		return nil, err
	}
	channel, err := p.Events.Unbound(abi.Domid_t(peer))
	if err != nil {
		return nil, errors.Join(err, shared.Close())
	}
	c := newConsole(p.Clock, shared.Memory(), channel, true, func() error {
		err := set(context.WithoutCancel(ctx), p.Store, node, abi.XenbusStateClosed)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			err = nil // the other end has taken the console away
		}
		return errors.Join(err, shared.Close())
	})
	err = publish(ctx, p.Store, node, shared.Refs()[0], channel.Port())
	if err == nil {
		err = await(ctx, p.Store, other, abi.XenbusStateConnected)
	}
	if err == nil {
		err = set(ctx, p.Store, node, abi.XenbusStateConnected)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.follow(p.Store, other)
	return c, nil
}

// publish says where page and event channel are.
func publish(ctx context.Context, s *store.Client, node string, ref grant.Ref, port evtchn.Port) error {
	err := s.Write(ctx, node+"/ring-ref", strconv.Itoa(int(ref)))
	if err == nil {
		err = s.Write(ctx, node+"/port", strconv.Itoa(int(port)))
	}
	if err == nil {
		err = set(ctx, s, node, abi.XenbusStateInitialised)
	}
	return err
}

// Offer makes console n, 1 or more, for a domain, waits until the domain opens
// it, and is its other end. Close takes it away. It takes dom0's rights in
// xenstore.
func Offer(ctx context.Context, p *platform.Platform, domain abi.Domid_t, n int) (*Console, error) {
	own, err := p.Store.Domid(ctx)
	if err != nil {
		return nil, err
	}
	front := fmt.Sprintf("%s/device/console/%d", store.DomainPath(domain), n)
	back := fmt.Sprintf("%s/backend/console/%d/%d", store.DomainPath(own), domain, n)
	remove := func() error {
		ctx := context.WithoutCancel(ctx)
		return errors.Join(p.Store.Remove(ctx, back), p.Store.Remove(ctx, front))
	}
	err = p.Store.Transaction(ctx, func(tx *store.Tx) error { return nodes(ctx, tx, own, domain, front, back) })
	if err != nil && ctx.Err() != nil { // nobody waits for its end any more, which may make the nodes all the same
		if left := remove(); !errors.Is(left, fs.ErrNotExist) {
			err = errors.Join(err, left)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := await(ctx, p.Store, front, abi.XenbusStateInitialised); err != nil {
		return nil, errors.Join(err, remove())
	}
	c, err := accept(ctx, p, domain, front, remove)
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	if err := set(ctx, p.Store, back, abi.XenbusStateConnected); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.follow(p.Store, front)
	return c, nil
}

// nodes makes the nodes of both ends: each belongs to its domain and can be read
// by the other.
func nodes(ctx context.Context, tx *store.Tx, own, domain abi.Domid_t, front, back string) error {
	decimal := func(id abi.Domid_t) string { return strconv.Itoa(int(id)) }
	for _, end := range []struct {
		node        string
		owner, peer abi.Domid_t
		values      [][2]string
	}{
		{back, own, domain, [][2]string{{"frontend", front}, {"frontend-id", decimal(domain)}, {"online", "1"}, {"protocol", "vt100"}, {"state", "2"}}},
		{front, domain, own, [][2]string{{"backend", back}, {"backend-id", decimal(own)}, {"type", "ioemu"}, {"state", "1"}}},
	} {
		if err := tx.Mkdir(ctx, end.node); err != nil {
			return err
		}
		perms := []store.Permission{{Domain: end.owner, Access: store.NoAccess}, {Domain: end.peer, Access: store.ReadOnly}}
		if err := tx.SetPermissions(ctx, end.node, perms...); err != nil {
			return err
		}
		for _, v := range end.values {
			if err := tx.Write(ctx, end.node+"/"+v[0], v[1]); err != nil {
				return err
			}
			if err := tx.SetPermissions(ctx, end.node+"/"+v[0], perms...); err != nil {
				return err
			}
		}
	}
	return nil
}

// accept maps the page and binds the event channel that a domain published.
func accept(ctx context.Context, p *platform.Platform, domain abi.Domid_t, front string, remove func() error) (*Console, error) {
	ref, err := number(ctx, p.Store, front+"/ring-ref", 32)
	if err != nil {
		return nil, err
	}
	port, err := number(ctx, p.Store, front+"/port", 32)
	if err != nil {
		return nil, err
	}
	mapped, err := p.Grants.Map(domain, []grant.Ref{grant.Ref(ref)}, false)
	if err != nil {
		return nil, err
	}
	channel, err := p.Events.Interdomain(domain, evtchn.Port(port))
	if err != nil {
		return nil, errors.Join(err, mapped.Close())
	}
	return newConsole(p.Clock, mapped.Memory(), channel, false, func() error { return errors.Join(mapped.Close(), remove()) }), nil
}
