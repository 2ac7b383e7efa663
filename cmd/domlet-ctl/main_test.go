// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The command as somebody meets it who gets it wrong, and watch over a xenstored in
// memory. Host.

package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/domlet/domlet/services/directory/keeper"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

// A command line that cannot be understood is answered with how it is meant,
// before anything is asked of xenstored.
func TestMisuse(t *testing.T) {
	for _, line := range []string{"", "attack a b", "-colour list", "-domains"} {
		var out, errs strings.Builder
		err := run(t.Context(), strings.Fields(line), &out, &errs)
		if !errors.Is(err, errUsage) || !strings.Contains(errs.String(), "usage:\n") || out.Len() > 0 {
			t.Errorf("%q: %v\n%s%s", line, err, out.String(), errs.String())
		}
	}
	for _, line := range []string{"-h", "attach -help", "watch --help"} { // also where there is no xenstored
		var errs strings.Builder
		if err := run(t.Context(), strings.Fields(line), io.Discard, &errs); !errors.Is(err, flag.ErrHelp) || !strings.Contains(errs.String(), "usage:\n") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// So it is for the commands' own words.
func TestMisusedCommands(t *testing.T) {
	c, _ := inMemory(t)
	for _, line := range []string{"attach", "attach a", "attach a b c", "attach -colour a b", "detach a", "list a", "watch a"} {
		var errs strings.Builder
		c.errs = &errs
		words := strings.Fields(line)
		command := map[string]func(context.Context, []string) error{"attach": c.attach, "detach": c.detach, "list": c.list, "watch": c.watch}[words[0]]
		if err := command(t.Context(), words[1:]); !errors.Is(err, errUsage) || !strings.Contains(errs.String(), "usage:\n") {
			t.Errorf("%q: %v\n%s", line, err, errs.String())
		}
	}
}

// A file of domains with an error ends the command; one that is not there does so
// only if somebody named it.
func TestDomainsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "domains")
	c := &ctl{Keeper: &keeper.Keeper{}, domains: path}
	if err := c.read(); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if err := os.WriteFile(path, []byte("work tags=a\nplay tag=b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.read(); err == nil || !strings.HasPrefix(err.Error(), path+":2: ") || c.Known != nil {
		t.Error(err)
	}
}

// What the default file said is not true any more when somebody has removed it.
func TestNoDomainsFile(t *testing.T) {
	c := &ctl{Keeper: &keeper.Keeper{}, domains: filepath.Join(t.TempDir(), "domains"), optional: true}
	if err := os.WriteFile(c.domains, []byte("work tags=a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.read(); err != nil || c.Known.Lookup("work") == nil {
		t.Fatal(err)
	}
	if err := os.Remove(c.domains); err != nil {
		t.Fatal(err)
	}
	if err := c.read(); err != nil || c.Known != nil {
		t.Errorf("%v, %v", c.Known, err)
	}
}

// inMemory returns the command over a xenstored in memory, with two domains.
func inMemory(t *testing.T) (*ctl, *xenstored.Daemon) {
	d := xenstored.New()
	s := store.New(d.Connect(0), store.Options{})
	t.Cleanup(func() { s.Close() })
	c := &ctl{Keeper: &keeper.Keeper{Store: s, Random: rand.Reader}, out: io.Discard, errs: io.Discard}
	d.Introduce(3)
	d.Introduce(5)
	for path, value := range map[string]string{"/local/domain/3/name": "clip", "/local/domain/5/name": "work"} {
		if err := s.Write(t.Context(), path, value); err != nil {
			t.Fatal(err)
		}
	}
	return c, d
}

// Attached by their numbers, both are there at once; list says so.
func TestAttachAndList(t *testing.T) {
	c, d := inMemory(t)
	var out, errs strings.Builder
	c.out, c.errs = &out, &errs
	if err := c.attach(t.Context(), []string{"-as", "clipboard", "5", "clip"}); err != nil || errs.Len() > 0 {
		t.Fatal(err, errs.String())
	}
	if err := c.attach(t.Context(), []string{"later", "clip"}); err != nil || !strings.Contains(errs.String(), "noted;") {
		t.Error(err, errs.String())
	}
	if err := c.attach(t.Context(), []string{"work", "other"}); err != nil {
		t.Error(err)
	}
	d.Introduce(6)
	if err := c.Store.Write(t.Context(), "/local/domain/6/name", "later"); err != nil {
		t.Fatal(err)
	}
	if err := c.list(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	want := `SERVICE    SERVICE-DOMAIN  ID  CLIENT  ID  STATE
clip       clip            3   later   6   not yet: is domlet-ctl watch running?
clipboard  clip            3   work    5   attached
other      other           -   work    5   waiting for other
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	if err := c.detach(t.Context(), []string{"work", "clip"}); err != nil {
		t.Error(err)
	}
	if err := c.detach(t.Context(), []string{"work", "clip"}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// watch sees domains come and go and change their names, and what is wished
// meanwhile; SIGHUP has it read the domains' properties again; a signal ends it
// without an error, and the end of xenstored with one.
func TestWatch(t *testing.T) {
	c, d := inMemory(t)
	c.domains = filepath.Join(t.TempDir(), "domains")
	r, w := io.Pipe()
	c.out = w
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- c.watch(ctx, nil) }()
	lines := bufio.NewScanner(r)
	expect := func(want string) {
		t.Helper()
		if !lines.Scan() || lines.Text() != want {
			t.Fatalf("%q, want %q", lines.Text(), want)
		}
	}
	other := &keeper.Keeper{Store: c.Store}
	if err := other.Attach(ctx, keeper.Wish{Client: "work", Service: "clip", As: "clip"}); err != nil {
		t.Fatal(err)
	}
	expect("attached work (5) to clip (3) as clip")
	if err := c.Store.Write(ctx, "/local/domain/5/name", "play"); err != nil {
		t.Fatal(err)
	}
	expect("detached play (5) from clip (3)")
	if err := c.Store.Write(ctx, "/local/domain/5/name", "work"); err != nil {
		t.Fatal(err)
	}
	expect("attached work (5) to clip (3) as clip")
	d.Release(5)
	expect("detached 5, which is gone, from clip (3)")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// SIGHUP brings what the file says now to the services, and an error in it changes
// nothing.
func TestHangup(t *testing.T) {
	c, _ := inMemory(t)
	c.domains = filepath.Join(t.TempDir(), "domains")
	if err := c.Attach(t.Context(), keeper.Wish{Client: "work", Service: "clip", As: "clip"}); err != nil {
		t.Fatal(err)
	}
	out, outEnd := io.Pipe()
	errs, errsEnd := io.Pipe()
	c.out, c.errs = outEnd, errsEnd
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan error)
	go func() { ended <- c.watch(ctx, nil) }()
	said, complained := bufio.NewScanner(out), bufio.NewScanner(errs)
	said.Scan()
	for _, text := range []string{"work tag=a\n", "work tags=a\n"} {
		if err := os.WriteFile(c.domains, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "tag=") {
			if !complained.Scan() || !strings.Contains(complained.Text(), "domains:1: unknown property \"tag\"") {
				t.Error(complained.Text())
			}
		} else if !said.Scan() || said.Text() != "updated work (5) to clip (3) as clip" {
			t.Error(said.Text())
		}
	}
	c.Store.Close()
	if err := <-ended; err == nil {
		t.Error("no error when xenstored is gone")
	}
}
