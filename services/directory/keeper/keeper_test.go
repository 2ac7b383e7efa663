// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Attaching and detaching, and who may read and write what comes of it. Host.

package keeper_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/services/directory/keeper"
	"github.com/domlet/domlet/services/policy"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/store"
)

// Attached, the service knows its client and the client finds its service; detached,
// neither.
func TestAttach(t *testing.T) {
	m := newMachine(t)
	m.known("work type=AppVM tags=office,mail\nclip type=ServiceVM")
	clip, work := m.create(3, "clip", ""), m.create(5, "work", uuidA)
	d := m.open(clip)
	if m.identify(d, 5) != nil || m.find(work, "clipboard") != (directory.Server{}) {
		t.Fatal("known before anybody attached them")
	}
	m.must(m.Attach(m.within(), keeper.Wish{Client: "work", Service: "clip", As: "clipboard"}))
	if got := m.reconcile(); !slices.Equal(got, []string{"attached work (5) to clip (3) as clipboard"}) {
		t.Errorf("%q", got)
	}
	c := m.identify(d, 5)
	if c == nil || c.ID != 5 || c.Domain.String() != "work uuid="+uuidA+" type=AppVM tags=office,mail" || len(c.Attachment) != 32 {
		t.Fatalf("%+v", c)
	}
	if s := m.find(work, "clipboard"); s.ID != 3 || s.Attachment != c.Attachment {
		t.Errorf("%+v", s)
	}
	if s := m.find(work, "clip"); s != (directory.Server{}) {
		t.Errorf("found under a name that it does not have: %+v", s)
	}
	if got := m.reconcile(); len(got) != 0 {
		t.Errorf("done once more: %q", got)
	}
	m.must(m.Detach(m.within(), "work", "clip"))
	if got := m.reconcile(); !slices.Equal(got, []string{"detached work (5) from clip (3)"}) {
		t.Errorf("%q", got)
	}
	if m.identify(d, 5) != nil || m.find(work, "clipboard") != (directory.Server{}) {
		t.Error("known after they were detached")
	}
}

// What a domain may do with the nodes: each reads what is for it, nobody but dom0
// writes, and a stranger reads nothing.
func TestPermissions(t *testing.T) {
	m := newMachine(t)
	clients := map[string]*store.Client{"service": m.create(3, "clip", ""), "client": m.create(5, "work", uuidA), "stranger": m.create(7, "other", uuidB)}
	m.attach("work", "clip")
	entry, back := directory.Entry(directory.ClientsPath(3), 5), directory.Entry(directory.ServicesPath(5), 3)
	readers := map[string][]string{
		entry: {"service"}, directory.Half(entry): {"service", "client"},
		back: {"client"}, directory.Half(back): {"client", "service"},
		"/tool/domlet/attached": nil, "/tool/domlet/attached/clip/work": nil,
	}
	for path, may := range readers {
		for who, c := range clients {
			if _, err := c.Read(m.within(), path); (err == nil) != slices.Contains(may, who) {
				t.Errorf("the %s reads %s: %v", who, path, err)
			}
			if err := c.Write(m.within(), path, "x"); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("the %s writes %s: %v", who, path, err)
			}
			if err := c.Remove(m.within(), path); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("the %s removes %s: %v", who, path, err)
			}
			if err := c.Write(m.within(), path+"/x", "x"); err == nil {
				t.Errorf("the %s writes below %s", who, path)
			}
		}
	}
}

// A domain cannot put entries into its own directories to be somebody, or to be
// served by somebody.
func TestForged(t *testing.T) {
	m := newMachine(t)
	clip, work, other := m.create(3, "clip", ""), m.create(5, "work", uuidA), m.create(7, "other", uuidB)
	m.attach("work", "clip")
	number := m.identify(m.open(clip), 5).Attachment
	for _, path := range []string{"domlet/services/3", "domlet/services/3/attachment", "domlet/clients/7/attachment"} {
		if err := other.Write(m.within(), path, number); err == nil {
			t.Errorf("a domain writes %s of its own", path)
		}
	}
	for _, path := range []string{directory.Entry(directory.ClientsPath(3), 7), directory.Half(directory.Entry(directory.ServicesPath(5), 7))} {
		if err := other.Write(m.within(), path, number); err == nil {
			t.Errorf("a domain writes %s of another", path)
		}
	}
	if m.identify(m.open(clip), 7) != nil || m.identify(m.open(other), 5) != nil || m.find(work, "other") != (directory.Server{}) {
		t.Error("a domain attached itself")
	}
}

// Wishes come before the domains, and outlast them.
func TestWishes(t *testing.T) {
	m := newMachine(t)
	m.attach("work.a-b_c", "clip.x")
	if all, err := m.Wishes(m.within()); err != nil || !slices.Equal(all, []keeper.Wish{{Client: "work.a-b_c", Service: "clip.x", As: "clip.x"}}) {
		t.Fatal(all, err)
	}
	clip := m.create(3, "clip.x", "")
	if got := m.reconcile(); len(got) != 0 {
		t.Errorf("%q", got)
	}
	m.create(5, "work.a-b_c", "")
	m.reconcile()
	if m.identify(m.open(clip), 5) == nil {
		t.Error("not attached when both are there")
	}
	m.daemon.Release(3)
	m.reconcile()
	clip = m.create(4, "clip.x", "")
	m.reconcile()
	if m.identify(m.open(clip), 5) == nil {
		t.Error("not attached when the service has come back")
	}
}

// What cannot be wished.
func TestBadWishes(t *testing.T) {
	m := newMachine(t)
	m.attach("work", "clip")
	for _, w := range []keeper.Wish{
		{"work", "work", "x"}, {"", "clip", "x"}, {"work", "", "x"}, {"work", "clip", ""}, {"a/b", "clip", "x"},
		{"work", "clip", "@x"}, {"work", "-clip", "x"}, {strings.Repeat("n", 64), "clip", "x"},
	} {
		if err := m.Attach(m.within(), w); err == nil {
			t.Errorf("%v is taken", w)
		}
	}
	if err := m.Attach(m.within(), keeper.Wish{Client: "work", Service: "clip2", As: "clip"}); err == nil || !strings.Contains(err.Error(), "work has clip from clip") {
		t.Errorf("two services under one name: %v", err)
	}
	for _, w := range [][2]string{{"mail", "clip"}, {"work", "clip2"}, {"a/b", "clip"}} {
		if err := m.Detach(m.within(), w[0], w[1]); err == nil {
			t.Errorf("%v is detached", w)
		}
	}
	if err := m.Attach(m.within(), keeper.Wish{Client: "work", Service: "clip", As: "other"}); err != nil {
		t.Error("the service's name cannot be changed:", err)
	}
}

// Another name of the service is another attachment: what the client knows under
// the old one is void.
func TestServiceRenamed(t *testing.T) {
	m := newMachine(t)
	m.create(3, "clip", "")
	work := m.create(5, "work", "")
	m.attach("work", "clip")
	before := m.find(work, "clip")
	m.must(m.Attach(m.within(), keeper.Wish{Client: "work", Service: "clip", As: "clipboard"}))
	m.reconcile()
	if after := m.find(work, "clipboard"); after.ID != 3 || after == before || m.find(work, "clip").Attachment != "" {
		t.Errorf("%v, then %v", before, after)
	}
}

// A name that two domains have is nobody's.
func TestTwoOfOneName(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	m.create(5, "work", uuidA)
	m.attach("work", "clip")
	m.create(6, "work", uuidB)
	m.reconcile()
	d := m.open(clip)
	if m.identify(d, 5) != nil || m.identify(d, 6) != nil {
		t.Error("one of two domains of a name is attached")
	}
	m.daemon.Release(5)
	m.reconcile()
	if c := m.identify(d, 6); c == nil || c.Domain.UUID != uuidB {
		t.Errorf("%+v", c)
	}
}

// A domain that is renamed is another one for wishes.
func TestRenamed(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	m.create(5, "work", "")
	m.attach("work", "clip")
	m.name(5, "play")
	m.reconcile()
	if m.identify(m.open(clip), 5) != nil {
		t.Error("still attached under another name")
	}
}

// What the owner says of a domain with a UUID is not said of another one of its
// name; and what is said anew reaches services without another attachment.
func TestKnown(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	m.create(5, "work", uuidA)
	m.create(6, "play", uuidB)
	m.known("work uuid=" + uuidA + " tags=trusted\nplay uuid=" + uuidA[:35] + "f tags=trusted running=no")
	m.attach("work", "clip")
	m.attach("play", "clip")
	d := m.open(clip)
	work, play := m.identify(d, 5), m.identify(d, 6)
	if !work.Domain.HasTag("trusted") || play.Domain.HasTag("trusted") || play.Domain.Halted {
		t.Errorf("%v, %v", work.Domain, play.Domain)
	}
	m.known("work tags=other")
	if got := m.reconcile(); !slices.Equal(got, []string{"updated work (5) to clip (3) as clip"}) {
		t.Errorf("%q", got)
	}
	if now := m.identify(d, 5); !now.Is(work) || now.Domain.HasTag("trusted") || !now.Domain.HasTag("other") {
		t.Errorf("%+v", now)
	}
}

// Dom0 can be a client too, and is called so.
func TestDom0AsClient(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	for _, word := range []string{"0", "Domain-0", "dom0"} {
		if name, err := m.Name(m.within(), word); name != "dom0" || err != nil {
			t.Errorf("%s is %s, %v", word, name, err)
		}
	}
	m.attach("dom0", "clip")
	if c := m.identify(m.open(clip), 0); c == nil || c.Domain.Name != "dom0" {
		t.Errorf("%+v", c)
	}
	if s := m.find(m.Store, "clip"); s.ID != 3 {
		t.Errorf("%+v", s)
	}
}

// Names and numbers on a command line.
func TestName(t *testing.T) {
	m := newMachine(t)
	m.create(3, "clip", "")
	if name, err := m.Name(m.within(), "3"); name != "clip" || err != nil {
		t.Error(name, err)
	}
	for _, bad := range []string{"4", "a/b", "", "@x"} {
		if name, err := m.Name(m.within(), bad); err == nil {
			t.Errorf("%q is %s", bad, name)
		}
	}
}

// What list shows.
func TestStatus(t *testing.T) {
	m := newMachine(t)
	m.create(3, "clip", "")
	m.attach("work", "clip")
	m.attach("work", "gone")
	m.create(5, "work", "")
	status := func() []keeper.Status {
		all, err := m.Status(m.within())
		m.must(err)
		return all
	}
	if all := status(); len(all) != 2 || all[0].Attached || all[0].ServiceID != "3" || all[0].ClientID != "5" || all[1].ServiceID != "" {
		t.Errorf("%+v", all)
	}
	m.reconcile()
	if all := status(); !all[0].Attached || all[1].Attached {
		t.Errorf("%+v", all)
	}
}

// The directory answers policies, and a policy decides by what dom0 says.
func TestPolicy(t *testing.T) {
	m := newMachine(t)
	clip := m.create(3, "clip", "")
	m.create(5, "work", uuidA)
	m.create(6, "play", uuidB)
	m.known("work tags=office")
	m.attach("work", "clip")
	m.attach("play", "clip")
	d := m.open(clip)
	for range d.Follow(m.within()) {
		if len(d.Clients()) == 2 {
			break
		}
	}
	p, err := policy.Parse("p", "clipboard.Paste * @tag:office play ask\nclipboard.Paste * play uuid:"+uuidA+" allow\n")
	m.must(err)
	for source, want := range map[abi.Domid_t]string{5: "to be asked, by p:1", 6: "denied: no rule matches"} {
		r := policy.Request{Service: "clipboard.Paste", Source: m.identify(d, source).Domain.Name, Target: "play"}
		if got := p.Evaluate(d, r); got.String() != want {
			t.Errorf("%v: %v", r, got.String())
		}
	}
	r := p.Evaluate(d, policy.Request{Service: "clipboard.Paste", Source: "play", Target: "work"})
	if r.Action != policy.Allow || d.Find(r.Target).ID != 5 {
		t.Errorf("%v", r.String())
	}
}

// Whichever of the four nodes is missing or says something else, the pair is
// attached anew.
func TestMended(t *testing.T) {
	m := newMachine(t)
	clip, work := m.create(3, "clip", ""), m.create(5, "work", uuidA)
	m.attach("work", "clip")
	d := m.open(clip)
	entry, back := directory.Entry(directory.ClientsPath(3), 5), directory.Entry(directory.ServicesPath(5), 3)
	for _, path := range []string{entry, directory.Half(entry), back, directory.Half(back)} {
		for _, spoil := range []func() error{
			func() error { return m.Store.Remove(m.within(), path) },
			func() error { return m.Store.Write(m.within(), path, strings.Repeat("0", 32)+" x") },
		} {
			before := m.identify(d, 5)
			m.must(spoil())
			m.reconcile()
			after := m.identify(d, 5)
			if after == nil || after.Is(before) || m.find(work, "clip").Attachment != after.Attachment {
				t.Errorf("%s: %+v, then %+v", path, before, after)
			}
		}
	}
}
