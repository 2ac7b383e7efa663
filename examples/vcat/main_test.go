// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// How vcat ends. Host.

package main

import (
	"io"
	"strings"
	"testing"

	"github.com/domlet/domlet/xen/vchan"
	"github.com/domlet/domlet/xen/xentest"
)

// TestMoveCloses: the other end, which may be a program that looks at the shared page and nothing else, is told that vcat
// ends, and has all it wrote.
func TestMoveCloses(t *testing.T) {
	host := xentest.New(t, 1)
	server, client := host.Domain(1), host.Domain(2)
	accepted := make(chan *vchan.Conn)
	go func() {
		c, err := vchan.AcceptOne(t.Context(), server.Platform(), 2, vchan.Path(2, 7), vchan.Rings{})
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	ours, err := vchan.Dial(t.Context(), client.Platform(), 1, vchan.Path(2, 7))
	if err != nil {
		t.Fatal(err)
	}
	theirs := <-accepted
	got := make(chan string)
	go func() {
		text, err := io.ReadAll(theirs)
		if err != nil {
			t.Error(err)
		}
		got <- string(text)
	}()
	if err := move(ours, strings.NewReader("to the other end"), io.Discard, true); err != nil {
		t.Error(err)
	}
	if text := <-got; text != "to the other end" {
		t.Errorf("%q", text)
	}
}
