// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a run asks of xenstored: values, numbers of domains, and to be told of
// changes. Runs in dom0.

package domain

import (
	"context"
	"errors"
	"io/fs"

	xenstore "github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/store/local"
)

// store is a connection to xenstored, for as long as a run lasts.
type store struct {
	*xenstore.Client
	ctx  context.Context // ends with the connection
	stop func()
}

// openStore connects to xenstored at path, or where it usually is if path is
// empty.
func openStore(path string) (*store, error) {
	s := &store{}
	s.ctx, s.stop = context.WithCancel(context.Background())
	var err error
	if path == "" {
		s.Client, err = local.Open(s.ctx)
	} else {
		s.Client, err = local.OpenAt(s.ctx, path)
	}
	if err != nil {
		s.stop()
	}
	return s, err
}

func (s *store) close() {
	s.stop()
	s.Client.Close()
}

// read returns the value of a node.
func (s *store) read(path string) (string, error) { return s.Read(s.ctx, path) }

// watch returns a channel that gets a token when a node changes from now on. A
// token may stand for several changes.
func (s *store) watch(path string) (<-chan struct{}, error) {
	tokens, set := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		first := true
		for _, err := range s.Watch(s.ctx, path) {
			if first {
				set <- err
				first = false
				continue
			}
			select {
			case tokens <- struct{}{}:
			default:
			}
		}
	}()
	return tokens, <-set
}

// domainID finds the number of the domain that has this name.
func (s *store) domainID(name string) (string, error) {
	ids, err := s.List(s.ctx, "/local/domain")
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		if got, err := s.read("/local/domain/" + id + "/name"); err == nil && got == name {
			return id, nil
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fs.ErrNotExist
}
