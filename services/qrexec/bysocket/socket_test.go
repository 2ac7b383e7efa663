// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Names, ends, and what a dead server left behind. Host.

package bysocket

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func start(f func()) { go f() }

// TestForeign: a program that knows nothing of this package meets it at the name that both know, over bytes as they are.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	server := &Transport{Dir: dir, Domain: 3, Go: start}
	name := filepath.Join(dir, "vchan.3.7.512.sock")
	os.WriteFile(name, nil, 0o600) // as a dead server left it
	go func() {
		c, err := server.Accept(t.Context(), 7, 512)
		if err != nil {
			t.Error(err)
			return
		}
		c.Write([]byte("bytes"))
		c.Close()
	}()
	var c net.Conn
	for c == nil {
		c, _ = net.Dial("unix", name)
	}
	if b, err := io.ReadAll(c); string(b) != "bytes" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the name is still there: %v", err)
	}

	l, err := net.Listen("unix", filepath.Join(dir, "vchan.9.3.513.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := server.Dial(t.Context(), 9, 513); err != nil {
		t.Error(err)
	}
}

// TestContext: its end ends waiting, on either side, and leaves no name.
func TestContext(t *testing.T) {
	dir := t.TempDir()
	tr := &Transport{Dir: dir, Domain: 3, Go: start}
	for what, wait := range map[string]func(context.Context) (net.Conn, error){
		"Accept": func(ctx context.Context) (net.Conn, error) { return tr.Accept(ctx, 7, 513) },
		"Dial":   func(ctx context.Context) (net.Conn, error) { return tr.Dial(ctx, 7, 513) },
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("the test says so")
		go cancel(why)
		if c, err := wait(ctx); c != nil || !errors.Is(err, why) {
			t.Errorf("%s: %v, %v", what, c, err)
		}
	}
	if list, _ := os.ReadDir(dir); len(list) != 0 {
		t.Errorf("%v is left", list)
	}
}
