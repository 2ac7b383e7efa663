// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Many callers, a slow xenstored, one that lies, and one that goes. Host.

package store_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

func TestManyGoroutines(t *testing.T) {
	_, _, dom5 := world(t)
	ctx := within(t)
	var all sync.WaitGroup
	for g := range 64 {
		all.Go(func() {
			path := fmt.Sprintf("data/%d", g)
			for i := range 30 {
				want := fmt.Sprint(g, " ", i)
				if err := dom5.Write(ctx, path, want); err != nil {
					t.Error(err)
				}
				if got := read(t, dom5, path); got != want {
					t.Errorf("%s is %q, want %q", path, got, want)
				}
			}
		})
	}
	all.Wait()
}

// No goroutine of the client's is left when nothing is expected.
func TestNoGoroutineWhenIdle(t *testing.T) {
	_, _, dom5 := world(t)
	before := runtime.NumGoroutine()
	for path, err := range dom5.Watch(within(t), "data") {
		must(t, err)
		must(t, dom5.Mkdir(within(t), path+"/x"))
		break
	}
	for range 60_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

// While xenstored is stopped, callers leave when their contexts end, and no more
// requests than allowed are under way. Afterwards everything goes on.
func TestStoppedXenstored(t *testing.T) {
	s := newScripted()
	c := store.New(s, store.Options{})
	defer c.Close()
	ctx, cancel := context.WithCancel(within(t))
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			if _, err := c.Read(ctx, "x"); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	var head [16 + len("x\x00")]byte
	for range store.MaxOutstanding {
		if _, err := io.ReadFull(s.requests, head[:]); err != nil {
			t.Fatal(err)
		}
	}
	more := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(s.requests, head[:])
		more <- err
	}()
	select {
	case <-more:
		t.Fatalf("more than %d requests are outstanding", store.MaxOutstanding)
	case <-time.After(50 * time.Millisecond):
	}
	cancel()
	all.Wait()
	answered := make(chan string, 1)
	go func() { answered <- read(t, c, "x") }()
	go s.replies.Write(reply(abi.XS_READ, 1, 0, "late"))
	must(t, <-more)
	go s.replies.Write(reply(abi.XS_READ, binary.LittleEndian.Uint32(head[4:]), 0, "now"))
	if got := <-answered; got != "now" {
		t.Errorf("read %q", got)
	}
}

// reply encodes a message.
func reply(kind, id, tx uint32, payload string) []byte {
	b := make([]byte, 16, 16+len(payload))
	for i, v := range []uint32{kind, id, tx, uint32(len(payload))} {
		binary.LittleEndian.PutUint32(b[4*i:], v)
	}
	return append(b, payload...)
}

// Answers may come in any order.
func TestAnswersOutOfOrder(t *testing.T) {
	s := newScripted()
	c := store.New(s, store.Options{})
	defer c.Close()
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			if got := read(t, c, string(rune('a'+i))); got != string(rune('a'+i)) {
				t.Errorf("%c got %q", 'a'+i, got)
			}
		})
	}
	var asked []byte
	for range 5 {
		var m [18]byte
		if _, err := io.ReadFull(s.requests, m[:]); err != nil {
			t.Fatal(err)
		}
		asked = append(reply(abi.XS_READ, binary.LittleEndian.Uint32(m[4:]), 0, string(m[16:17])), asked...)
	}
	go s.replies.Write(asked)
	all.Wait()
}

// What is not the protocol ends the connection, and nobody hangs.
func TestGarbledAnswers(t *testing.T) {
	for name, b := range map[string][]byte{
		"to nothing":     reply(abi.XS_READ, 77, 0, "x"),
		"wrong type":     reply(abi.XS_WRITE, 1, 0, "OK\x00"),
		"transaction":    reply(abi.XS_READ, 1, 3, "x"),
		"too long":       {2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 16, 0, 0},
		"error, no zero": reply(abi.XS_ERROR, 1, 0, "ENOENT"),
		"error, no name": reply(abi.XS_ERROR, 1, 0, "\x00"),
		"error, strange": reply(abi.XS_ERROR, 1, 0, "Eno\nent\x00"),
		"event":          reply(abi.XS_WATCH_EVENT, 0, 0, "path\x00"),
		"cut short":      reply(abi.XS_READ, 1, 0, "x")[:10],
		"nothing":        nil,
	} {
		s := newScripted()
		c := store.New(s, store.Options{})
		go func() {
			io.CopyN(io.Discard, s.requests, 18)
			s.replies.Write(b)
			s.replies.Close()
		}()
		_, err := c.Read(within(t), "x")
		var refused *store.Error
		if err == nil || errors.As(err, &refused) || within(t).Err() != nil || !strings.HasPrefix(err.Error(), "xenstore: ") {
			t.Errorf("%s: %v", name, err)
		}
		if _, again := c.Read(within(t), "x"); again == nil || again.Error() != err.Error() {
			t.Errorf("%s: first %v, then %v", name, err, again)
		}
	}
}

// An answer of the right type whose payload makes no sense ends the connection
// too.
func TestGarbledPayloads(t *testing.T) {
	ask := map[uint32]func(c *store.Client, ctx context.Context) error{
		abi.XS_WRITE:     func(c *store.Client, ctx context.Context) error { return c.Write(ctx, "x", "") },
		abi.XS_DIRECTORY: func(c *store.Client, ctx context.Context) error { _, err := c.List(ctx, "x"); return err },
		abi.XS_GET_PERMS: func(c *store.Client, ctx context.Context) error { _, err := c.Permissions(ctx, "x"); return err },
		abi.XS_IS_DOMAIN_INTRODUCED: func(c *store.Client, ctx context.Context) error {
			_, err := c.Introduced(ctx, 1)
			return err
		},
		abi.XS_TRANSACTION_START: func(c *store.Client, ctx context.Context) error {
			return c.Transaction(ctx, func(*store.Tx) error { return errors.New("it began") })
		},
	}
	for kind, payloads := range map[uint32][]string{
		abi.XS_WRITE:                {"", "OK", "KO\x00", "OK\x00OK\x00"},
		abi.XS_DIRECTORY:            {"a", "\x00", "a\x00\x00", "a/b\x00"},
		abi.XS_GET_PERMS:            {"", "r5", "x5\x00", "r70000\x00", "r-1\x00", "r\x00", "\x00"},
		abi.XS_IS_DOMAIN_INTRODUCED: {"", "T", "X\x00"},
		abi.XS_TRANSACTION_START:    {"", "0\x00", "x\x00", "4294967296\x00", "7"},
	} {
		for _, p := range payloads {
			s := newScripted()
			c := store.New(s, store.Options{})
			go io.Copy(io.Discard, s.requests)
			go s.replies.Write(reply(kind, 1, 0, p))
			if err := ask[kind](c, within(t)); err == nil || !strings.Contains(err.Error(), "makes no sense") {
				t.Errorf("type %d, %q: %v", kind, p, err)
			}
		}
	}
}

func TestClose(t *testing.T) {
	s := newScripted()
	c := store.New(s, store.Options{})
	go func() {
		io.CopyN(io.Discard, s.requests, 18)
		c.Close()
	}()
	if _, err := c.Read(within(t), "x"); !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
	if _, err := c.Read(within(t), "x"); !errors.Is(err, fs.ErrClosed) {
		t.Error(err)
	}
	must(t, c.Close())
}

// FuzzAnswers has a xenstored that says anything to some usual requests.
func FuzzAnswers(f *testing.F) {
	f.Add(reply(abi.XS_READ, 1, 0, "x"))
	f.Add(append(reply(abi.XS_DIRECTORY, 2, 0, "a\x00b\x00"), reply(abi.XS_WATCH_EVENT, 0, 0, "w\x001\x00")...))
	f.Add(append(reply(abi.XS_ERROR, 2, 0, "E2BIG\x00"), reply(abi.XS_DIRECTORY_PART, 5, 0, "7\x00a\x00\x00")...))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := store.New(&canned{in: bytes.NewReader(b)}, store.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() { c.Read(ctx, "x") })
		all.Go(func() { c.List(ctx, "x") })
		all.Go(func() { c.Permissions(ctx, "x") })
		all.Go(func() { c.Transaction(ctx, func(tx *store.Tx) error { return tx.Mkdir(ctx, "y") }) })
		all.Go(func() {
			for range c.Watch(ctx, "w") {
			}
		})
		all.Wait()
		if ctx.Err() != nil {
			t.Error("a call hung")
		}
	})
}

// canned answers with fixed bytes and takes everything.
type canned struct{ in io.Reader }

func (c *canned) Read(p []byte) (int, error)  { return c.in.Read(p) }
func (c *canned) Write(p []byte) (int, error) { return len(p), nil }
func (c *canned) Close() error                { return nil }
