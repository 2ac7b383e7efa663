// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Ctrl-C on a raw terminal, and how a run is stopped. Host.

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestTyped(t *testing.T) {
	keys := make(chan os.Signal, 2)
	got, err := io.ReadAll(&typed{strings.NewReader("one\x03two\x03\x03\x04"), keys})
	if string(got) != "onetwo\x04" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if len(keys) != 2 || <-keys != syscall.SIGINT {
		t.Error("the interrupts did not become signals")
	}
}

// ends reports whether a context ends soon, and by which signal.
func ends(ctx context.Context) (syscall.Signal, bool) {
	select {
	case <-ctx.Done():
	case <-time.After(2 * time.Minute):
		return 0, false
	}
	var i *interrupted
	errors.As(context.Cause(ctx), &i)
	return i.signal, true
}

func TestStops(t *testing.T) {
	stop, free := untilSignals(t.Context())
	defer free()
	stop.keys <- syscall.SIGTERM
	if s, ok := ends(stop.asked); !ok || s != syscall.SIGTERM || stop.now.Err() != nil {
		t.Errorf("the first signal: %v, %v; at once: %v", s, ok, stop.now.Err())
	}
	stop.keys <- syscall.SIGINT
	if s, ok := ends(stop.now); !ok || s != syscall.SIGINT {
		t.Errorf("the second: %v, %v", s, ok)
	}
	if s, _ := ends(stop.asked); s != syscall.SIGTERM {
		t.Errorf("what asked was %v after all", s)
	}
	for _, at := range []syscall.Signal{syscall.SIGHUP, syscall.SIGQUIT} {
		stop, free := untilSignals(t.Context())
		stop.keys <- at
		if s, ok := ends(stop.now); !ok || s != at {
			t.Errorf("%v: %v, %v", at, s, ok)
		}
		free()
	}
}

// TestNoHangUp: under nohup, which has SIGHUP ignored, that ends nothing.
func TestNoHangUp(t *testing.T) {
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	stop, free := untilSignals(t.Context())
	defer free()
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
	}
	if s, ok := ends(stop.asked); !ok || s != syscall.SIGTERM || stop.now.Err() != nil {
		t.Errorf("asked by %v, %v; at once: %v", s, ok, stop.now.Err())
	}
}
