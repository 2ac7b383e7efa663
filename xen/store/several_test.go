// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Several requests with one wait. Host.

package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/xen/store"
)

// TestSeveral: nodes are written and read in the order given, as many as one likes; what is removed later is gone for who
// asks next; of what cannot be read, what comes before it is there.
func TestSeveral(t *testing.T) {
	_, dom0, dom5 := world(t)
	ctx := within(t)
	const many = 100 // more than xenstored takes at once
	var nodes []store.Node
	var paths, want []string
	for i := range many {
		n := store.Node{Path: fmt.Sprintf("data/%d", i), Value: fmt.Sprint(i)}
		if i%2 == 0 {
			n.Permissions = []store.Permission{{Domain: 5, Access: store.NoAccess}, {Domain: 6, Access: store.ReadOnly}}
		}
		nodes, paths, want = append(nodes, n), append(paths, n.Path), append(want, n.Value)
	}
	must(t, dom5.WriteAll(ctx, nodes...))
	got, err := dom5.ReadAll(ctx, paths...)
	if must(t, err); !slices.Equal(got, want) {
		t.Errorf("read %q", got)
	}
	for i, perms := range []string{"[n5 r6]", "[n5]"} {
		got, err := dom0.Permissions(ctx, "/local/domain/5/"+paths[i])
		if must(t, err); fmt.Sprint(got) != perms {
			t.Errorf("%s has %v", paths[i], got)
		}
	}
	must(t, dom5.RemoveLater(paths[2]))
	got, err = dom5.ReadAll(ctx, paths...)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), paths[2]) || !slices.Equal(got, want[:2]) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestSeveralRefused: an error says of which node, and nothing is sent for a context that has ended.
func TestSeveralRefused(t *testing.T) {
	d, _, dom5 := world(t)
	ctx := within(t)
	mine, theirs := store.Node{Path: "data/x", Value: "1"}, store.Node{Path: "/tool/x", Value: "1"}
	if err := dom5.WriteAll(ctx, mine, theirs); !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "/tool/x") {
		t.Error(err)
	}
	mine.Permissions = []store.Permission{{Domain: 5, Access: 'x'}}
	if err := dom5.WriteAll(ctx, mine); err == nil || !strings.Contains(err.Error(), "no kind of access") {
		t.Error(err)
	}
	if err := errors.Join(dom5.WriteAll(ctx, store.Node{Path: "", Value: "1"}), dom5.RemoveLater("")); err == nil || strings.Count(err.Error(), "the path is empty") != 2 {
		t.Error(err)
	}
	ended, end := context.WithCancel(ctx)
	end()
	before := d.Served()
	if _, err := dom5.ReadAll(ended, "data/x"); !errors.Is(err, context.Canceled) || d.Served() != before {
		t.Errorf("%v, %d requests", err, d.Served()-before)
	}
}

// TestLastDomid: the number is asked for once by those who take the last one, and each time by those who do not.
func TestLastDomid(t *testing.T) {
	d, _, dom5 := world(t)
	ctx := within(t)
	for i, want := range []int{1, 1, 1, 2, 2} {
		ask := dom5.LastDomid
		if i == 3 {
			ask = dom5.Domid
		}
		if id, err := ask(ctx); id != 5 || err != nil || d.Served() != want {
			t.Errorf("number %d: %v, %v, %d requests", i, id, err, d.Served())
		}
	}
}
