// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What the tests share: clients of a xenstored in memory. Host.

package store_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// connect returns a client of domain id, closed when the test ends.
func connect(t testing.TB, d *xenstored.Daemon, id abi.Domid_t) *store.Client {
	c := store.New(d.Connect(id), store.Options{})
	t.Cleanup(func() { c.Close() })
	return c
}

// world returns a daemon and clients of dom0 and of domain 5.
func world(t testing.TB) (d *xenstored.Daemon, dom0, dom5 *store.Client) {
	d = xenstored.New()
	d.Introduce(5)
	return d, connect(t, d, 0), connect(t, d, 5)
}

// within returns a context that ends the test's patience.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// must stops the test at an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read returns a value, or the error's text.
func read(t testing.TB, c *store.Client, path string) string {
	t.Helper()
	v, err := c.Read(within(t), path)
	if err != nil {
		return err.Error()
	}
	return v
}

// scripted is a connection whose other side is the test: what the client sends
// comes out of requests, and what it reads is written to replies.
type scripted struct {
	requests *io.PipeReader
	replies  *io.PipeWriter

	toTest   *io.PipeWriter
	fromTest *io.PipeReader
}

func newScripted() *scripted {
	s := &scripted{}
	s.requests, s.toTest = io.Pipe()
	s.fromTest, s.replies = io.Pipe()
	return s
}

func (s *scripted) Read(p []byte) (int, error)  { return s.fromTest.Read(p) }
func (s *scripted) Write(p []byte) (int, error) { return s.toTest.Write(p) }
func (s *scripted) Close() error {
	s.toTest.Close()
	return s.fromTest.Close()
}
