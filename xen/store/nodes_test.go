// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The operations, against a xenstored in memory. Host.

package store_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
	"github.com/domlet/domlet/xen/xentest/xenstored"
)

func TestNodes(t *testing.T) {
	_, dom0, dom5 := world(t)
	ctx := within(t)
	must(t, dom5.Write(ctx, "data/a/b", "any\x00bytes\xff"))
	must(t, dom5.Write(ctx, "data/a/empty", ""))
	must(t, dom5.Mkdir(ctx, "data/a/c"))
	must(t, dom5.Mkdir(ctx, "data/a/b")) // leaves the value alone
	if got := read(t, dom0, "/local/domain/5/data/a/b"); got != "any\x00bytes\xff" {
		t.Errorf("read %q", got)
	}
	if got := read(t, dom5, "data/a/empty"); got != "" {
		t.Errorf("read %q", got)
	}
	names, err := dom5.List(ctx, "data/a")
	if slices.Sort(names); err != nil || !slices.Equal(names, []string{"b", "c", "empty"}) {
		t.Errorf("list %q, %v", names, err)
	}
	must(t, dom5.Remove(ctx, "data/a"))
	must(t, dom5.Remove(ctx, "data/a")) // nothing to remove is fine
	if names, err := dom5.List(ctx, "data"); err != nil || len(names) != 0 {
		t.Errorf("list %q, %v", names, err)
	}
	if id, err := dom5.Domid(ctx); id != 5 || err != nil {
		t.Errorf("domid %d, %v", id, err)
	}
	for id, want := range map[abi.Domid_t]bool{5: true, 6: false} {
		if there, err := dom0.Introduced(ctx, id); there != want || err != nil {
			t.Errorf("introduced %d: %v, %v", id, there, err)
		}
	}
	if _, err := dom5.Introduced(ctx, 5); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a domain other than dom0 asks: %v", err)
	}
}

func TestPermissions(t *testing.T) {
	_, dom0, dom5 := world(t)
	ctx := within(t)
	must(t, dom5.Write(ctx, "data/x", "1"))
	want := []store.Permission{{Domain: 5, Access: store.NoAccess}, {Domain: 7, Access: store.ReadWrite}, {Domain: 0, Access: store.ReadOnly}}
	must(t, dom5.SetPermissions(ctx, "data/x", want...))
	got, err := dom0.Permissions(ctx, "/local/domain/5/data/x")
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if err := dom5.SetPermissions(ctx, "data/x"); err == nil {
		t.Error("an empty list was taken")
	}
	if err := dom5.SetPermissions(ctx, "data/x", store.Permission{Domain: 5, Access: 'x'}); err == nil {
		t.Error("an unknown kind of access was taken")
	}
}

func TestRefusals(t *testing.T) {
	d, dom0, dom5 := world(t)
	d.Introduce(6)
	dom6 := connect(t, d, 6)
	ctx := within(t)
	must(t, dom5.Write(ctx, "data/secret", "x"))
	must(t, dom0.Write(ctx, "/tool/x", "x"))
	_, absent := dom5.Read(ctx, "data/none")
	_, hidden := dom6.Read(ctx, "/local/domain/5/data/secret")
	for _, c := range []struct {
		err  error
		is   error
		text string
	}{
		{absent, fs.ErrNotExist, "read data/none: there is no such node (ENOENT)"},
		{hidden, fs.ErrPermission, "(EACCES)"},
		{dom6.Write(ctx, "/tool/x", "y"), fs.ErrPermission, "write /tool/x: this domain may not"},
		{dom5.Mkdir(ctx, "data//x"), nil, "malformed"},
		{dom5.Mkdir(ctx, "data/x\x00y"), nil, "zero byte"},
		{dom5.Mkdir(ctx, ""), nil, "empty"},
		{dom5.Mkdir(ctx, strings.Repeat("x", 2049)), nil, "2049 bytes"},
		{dom5.Write(ctx, "data/x", strings.Repeat("x", 4096)), nil, "more than the 4096 of a message"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.text) || c.is != nil && !errors.Is(c.err, c.is) {
			t.Errorf("%v, want %q", c.err, c.text)
		}
		if c.err != nil && strings.Contains(c.err.Error(), "\n") {
			t.Errorf("%q is more than one line", c.err)
		}
	}
}

func TestRelativeToHome(t *testing.T) {
	d := xenstored.New()
	c := store.New(d.Connect(0), store.Options{Home: store.DomainPath(0)})
	defer c.Close()
	ctx := within(t)
	must(t, c.Write(ctx, "data/x", "1"))
	if got := read(t, c, "/local/domain/0/data/x"); got != "1" {
		t.Errorf("read %q", got)
	}
	for path, err := range c.Watch(ctx, "data/x") {
		if path != "data/x" || err != nil {
			t.Errorf("event of %q, %v", path, err)
		}
		break
	}
}

func TestLongDirectory(t *testing.T) {
	_, dom0, _ := world(t)
	ctx := within(t)
	var want []string
	for i := range 700 {
		want = append(want, fmt.Sprintf("a-child-with-a-long-name-%04d", i))
		must(t, dom0.Mkdir(ctx, "/many/"+want[i]))
	}
	got, err := dom0.List(ctx, "/many")
	if slices.Sort(got); err != nil || !slices.Equal(got, want) {
		t.Errorf("%d names, %v", len(got), err)
	}
}

// A list that changes while it is read comes out as it was at one moment.
func TestLongDirectoryThatChanges(t *testing.T) {
	d, dom0, _ := world(t)
	ctx := within(t)
	for i := range 400 {
		must(t, dom0.Mkdir(ctx, fmt.Sprintf("/many/a-child-with-a-long-name-%04d", i)))
	}
	stop, changed := make(chan struct{}), make(chan error)
	go func() {
		other := connect(t, d, 0)
		var err error
		for i := 0; err == nil; i++ {
			select {
			case <-stop:
				changed <- nil
				return
			default:
			}
			err = errors.Join(other.Mkdir(ctx, "/many/0-first"), other.Remove(ctx, "/many/0-first"))
		}
		changed <- err
	}()
	for range 50 {
		names, err := dom0.List(ctx, "/many")
		slices.Sort(names)
		if err != nil || len(slices.Compact(slices.Clone(names))) != len(names) || len(names) < 400 || len(names) > 401 {
			t.Fatalf("%d names, %v", len(names), err)
		}
	}
	close(stop)
	must(t, <-changed)
}
