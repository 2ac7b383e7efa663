// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Conformance: what two domains do with each other, told once and run in every
// world. Host, Linux, and domains; on goroutines.

package xentest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/platform"
	"github.com/domlet/domlet/xen/store"
)

// Scenario is one check of two halves, which find each other by [Side.Post] and
// [Side.Fetch]. A half returns an error that says what was not as it must be,
// and leaves nothing behind: no port, no grant, no watch.
type Scenario struct {
	Name           string
	Server, Client func(ctx context.Context, s *Side) error
}

// The halves of a scenario.
const (
	Server = "server"
	Client = "client"
)

// Side is what one half of a scenario works with: its own domain's interfaces.
type Side struct {
	Role       string // Server or Client
	Self, Peer abi.Domid_t
	*platform.Platform
	// Room keeps runs at the same time apart. Both halves have the same.
	Room string
}

// Half runs the side's own half.
func (s Scenario) Half(ctx context.Context, side *Side) error {
	half := s.Server
	if side.Role == Client {
		half = s.Client
	}
	if err := half(ctx, side); err != nil {
		return fmt.Errorf("%s, %s: %w", s.Name, side.Role, err)
	}
	return nil
}

// Both runs both halves in this process, on two goroutines. A half that fails
// ends the other.
func (s Scenario) Both(ctx context.Context, server, client *Side) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error)
	for _, side := range []*Side{server, client} {
		go func() { ended <- s.Half(ctx, side) }()
	}
	first := <-ended
	if first != nil {
		cancel()
	}
	second := <-ended
	if first != nil {
		return first // the other one only says that it was cancelled
	}
	return second
}

// Meet returns both sides for two domains of a host.
func Meet(server, client *Domain, room string) (*Side, *Side) {
	return side(server, client, Server, room), side(client, server, Client, room)
}

func side(self, peer *Domain, role, room string) *Side {
	return &Side{Role: role, Self: self.id, Peer: peer.id, Room: room, Platform: self.Platform()}
}

// Post leaves a value for the other half, in xenstore, where only it can read it.
func (s *Side) Post(ctx context.Context, key, value string) error {
	path := "data/meet/" + s.Room + "/" + s.Role + "/" + key
	if err := s.Store.Write(ctx, path, value); err != nil {
		return err
	}
	return s.Store.SetPermissions(ctx, path,
		store.Permission{Domain: s.Self, Access: store.NoAccess}, store.Permission{Domain: s.Peer, Access: store.ReadOnly})
}

// Fetch waits for a value that the other half posts.
func (s *Side) Fetch(ctx context.Context, key string) (string, error) {
	role := Server
	if s.Role == Server {
		role = Client
	}
	path := store.DomainPath(s.Peer) + "/data/meet/" + s.Room + "/" + role + "/" + key
	for _, err := range s.Store.Watch(ctx, path) {
		if err != nil {
			return "", fmt.Errorf("waiting for the other half's %s: %w", key, err)
		}
		value, err := s.Store.Read(ctx, path)
		if err == nil && value != "" {
			return value, nil
		}
		// Until it is posted the node is not there, or not ours to read.
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return "", err
		}
	}
	return "", ctx.Err()
}
