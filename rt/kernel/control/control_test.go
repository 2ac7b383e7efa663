// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The conversation with a xenstored of a few lines, with one that is slow, and
// with one that says anything. Host.

package control

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/domlet/domlet/internal/testkit"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/raw"
)

// swapped is the xenstore page as xenstored sees it.
var swapped = bytering.Layout{
	In: bytering.Xenstore.Out, InSize: bytering.Xenstore.OutSize, InCons: bytering.Xenstore.OutCons, InProd: bytering.Xenstore.OutProd,
	Out: bytering.Xenstore.In, OutSize: bytering.Xenstore.InSize, OutCons: bytering.Xenstore.InCons, OutProd: bytering.Xenstore.InProd,
}

// store is xenstored, for one domain.
type store struct {
	t       *testing.T
	ours    bytering.Messages
	theirs  bytering.Ring
	control Control
	nodes   map[string]string
	tokens  map[string]string // of watches, by path
	asked   []string          // every request: its type's letter and its payload
}

func newStore(t *testing.T, nodes ...string) *store {
	addr, _ := testkit.Zeroed(t, raw.PageSize)
	s := &store{t: t, nodes: map[string]string{}, tokens: map[string]string{}}
	s.ours.Init(addr, &bytering.Xenstore)
	s.theirs.Init(addr, &swapped)
	for _, n := range nodes {
		path, value, _ := strings.Cut(n, "=")
		s.nodes[path] = value
	}
	return s
}

// say sends the domain a message.
func (s *store) say(kind, id uint32, payload string) {
	head := binary.LittleEndian.AppendUint32(nil, kind)
	for _, v := range []uint32{id, 0, uint32(len(payload))} {
		head = binary.LittleEndian.AppendUint32(head, v)
	}
	if s.theirs.Write(append(head, payload...)) < len(head)+len(payload) {
		s.t.Fatal("the ring to the domain is full")
	}
}

// set changes a node and fires its watch, as xl does.
func (s *store) set(path, value string) {
	s.nodes[path] = value
	if token := s.tokens[path]; token != "" {
		s.say(abi.XS_WATCH_EVENT, 0, path+"\x00"+token+"\x00")
	}
}

// serve answers one request; false: there was none.
func (s *store) serve() bool {
	var head [16]byte
	if s.theirs.Read(head[:]) == 0 {
		return false
	}
	payload := make([]byte, binary.LittleEndian.Uint32(head[12:]))
	s.theirs.Read(payload)
	kind, id := binary.LittleEndian.Uint32(head[0:]), binary.LittleEndian.Uint32(head[4:])
	path, rest, _ := strings.Cut(string(payload), "\x00")
	switch kind {
	case abi.XS_WATCH:
		s.asked = append(s.asked, "watch "+path)
		s.tokens[path] = strings.TrimSuffix(rest, "\x00")
		s.say(kind, id, "OK\x00")
		s.say(abi.XS_WATCH_EVENT, 0, path+"\x00"+rest)
	case abi.XS_WRITE:
		s.asked = append(s.asked, "write "+path+" "+rest)
		s.say(kind, id, "OK\x00")
		s.set(path, rest)
	case abi.XS_READ:
		s.asked = append(s.asked, "read "+path)
		if value, ok := s.nodes[path]; ok {
			s.say(kind, id, value)
		} else {
			s.say(abi.XS_ERROR, id, "ENOENT\x00")
		}
	}
	return true
}

// settle runs both sides until neither has anything to say, and returns the orders.
func (s *store) settle() (orders []Order) {
	for range 1000 {
		o, told := s.control.Hear(&s.ours)
		if o != None {
			orders = append(orders, o)
		}
		if !s.serve() && !told {
			return orders
		}
	}
	s.t.Fatal("the conversation has no end")
	return nil
}

func started(t *testing.T, nodes ...string) *store {
	s := newStore(t, nodes...)
	if !s.control.Start(&s.ours) {
		t.Fatal("nothing was asked")
	}
	return s
}

func equal(a []Order, b ...Order) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// The ready-made messages say what their names do.
func TestMessages(t *testing.T) {
	for i, m := range messages {
		head := []byte(m[:16])
		want := map[int]uint32{clearShutdown: abi.XS_WRITE, clearSysrq: abi.XS_WRITE, watchShutdown: abi.XS_WATCH, watchSysrq: abi.XS_WATCH,
			offerPoweroff: abi.XS_WRITE, offerReboot: abi.XS_WRITE, readShutdown: abi.XS_READ, readSysrq: abi.XS_READ, readName: abi.XS_READ}[i]
		for word, v := range []uint32{want, FirstID + uint32(i), 0, uint32(len(m) - 16)} {
			if got := binary.LittleEndian.Uint32(head[4*word:]); got != v {
				t.Errorf("message %d, word %d: %#x, want %#x", i, word, got, v)
			}
		}
	}
}

func TestOffers(t *testing.T) {
	s := started(t, "control/shutdown=", "control/sysrq=")
	if got := s.settle(); len(got) > 0 {
		t.Errorf("orders %v out of nothing", got)
	}
	if s.nodes["control/feature-poweroff"] != "1" || s.nodes["control/feature-reboot"] != "1" || len(s.tokens) != 2 {
		t.Errorf("nodes %v, watches %v", s.nodes, s.tokens)
	}
	if _, ok := s.nodes["control/feature-suspend"]; ok {
		t.Error("it offers what it cannot do")
	}
}

func TestOrders(t *testing.T) {
	s := started(t, "control/shutdown=", "control/sysrq=")
	s.settle()
	for word, want := range map[string]Order{"poweroff": Poweroff, "reboot": Reboot} {
		s.set("control/shutdown", word)
		if got := s.settle(); !equal(got, want) {
			t.Errorf("%s: orders %v, want %v", word, got, want)
		}
		if s.nodes["control/shutdown"] != "" {
			t.Errorf("%s is not acknowledged", word)
		}
	}
	s.set("control/sysrq", "t")
	if got := s.settle(); !equal(got, Sysrq) || s.control.Key != 't' || s.nodes["control/sysrq"] != "" {
		t.Errorf("sysrq: orders %v, key %q, node %q", got, s.control.Key, s.nodes["control/sysrq"])
	}
}

// What the kernel does not know it leaves in the node, so that the sender sees it.
func TestUnknownRequestIsNotAcknowledged(t *testing.T) {
	s := started(t)
	s.settle()
	for _, word := range []string{"suspend", "s3", "crash", "halt", "poweroff "} {
		s.set("control/shutdown", word)
		if got := s.settle(); len(got) > 0 || s.nodes["control/shutdown"] != word {
			t.Errorf("%s: orders %v, node %q", word, got, s.nodes["control/shutdown"])
		}
	}
}

// A request made before the watches are set is found; Linux's way of clearing the
// sysrq node, with a zero byte, is no key.
func TestRequestBeforeTheStart(t *testing.T) {
	s := started(t, "control/shutdown=reboot", "control/sysrq=\x00")
	if got := s.settle(); !equal(got, Reboot) {
		t.Errorf("orders %v", got)
	}
}

// However many events tell of one request, it is obeyed once.
func TestManyEventsOneOrder(t *testing.T) {
	s := started(t)
	s.settle()
	s.nodes["control/shutdown"] = "poweroff"
	for range 5 {
		s.say(abi.XS_WATCH_EVENT, 0, "control/shutdown\x00s\x00")
	}
	if got := s.settle(); !equal(got, Poweroff) {
		t.Errorf("orders %v", got)
	}
}

// The program is in the middle of a message: the kernel's wait, and none is lost.
func TestProgramWrites(t *testing.T) {
	s := newStore(t)
	s.ours.Begin(nil)
	if s.control.Start(&s.ours) || s.serve() {
		t.Error("the kernel wrote into the program's message")
	}
	s.ours.End()
	s.settle()
	if len(s.tokens) != 2 {
		t.Errorf("watches %v", s.tokens)
	}
}

// A full ring takes nothing of a message, and the rest is asked when there is room.
func TestFullRing(t *testing.T) {
	s := newStore(t)
	filler := bytes.Repeat([]byte{0}, 1024-50)
	s.ours.Write(filler)
	s.control.Start(&s.ours)
	if n, _ := s.ours.Unsent(); n != uint32(len(filler))+16+19 {
		t.Errorf("%d bytes are in the ring", n)
	}
	s.theirs.Read(filler)
	s.settle()
	if len(s.tokens) != 2 || s.nodes["control/feature-reboot"] != "1" {
		t.Errorf("watches %v, nodes %v", s.tokens, s.nodes)
	}
}

// While the program reads, the kernel does not; its client hands over.
func TestProgramReads(t *testing.T) {
	s := started(t, "control/shutdown=")
	s.settle()
	s.ours.Listen()
	s.set("control/shutdown", "poweroff")
	if got := s.settle(); len(got) > 0 {
		t.Errorf("orders %v while the program reads", got)
	}
	m := make([]byte, 200)
	m = m[:s.ours.Read(m)]
	if o := s.control.Take(binary.LittleEndian.Uint32(m), binary.LittleEndian.Uint32(m[4:]), m[16:]); o != None {
		t.Errorf("an event is no order: %v", o)
	}
	s.ours.Unlisten()
	if got := s.settle(); !equal(got, Poweroff) {
		t.Errorf("orders %v", got)
	}
}

func TestName(t *testing.T) {
	for node, want := range map[string]string{"name=db-1": "db-1", "other=": "", "name=" + strings.Repeat("x", 300): strings.Repeat("x", 64)} {
		s := started(t, node)
		s.settle()
		var p [100]byte
		if n, known := s.control.Name(p[:]); n != 0 || known {
			t.Error("a name that nobody asked for")
		}
		s.control.AskName()
		s.settle()
		if n, known := s.control.Name(p[:]); string(p[:n]) != want || !known {
			t.Errorf("%.20s: name %q, %v", node, p[:n], known)
		}
		s.control.AskName()
		s.settle()
		if n := strings.Count(strings.Join(s.asked, "\n"), "read name"); n != 1 {
			t.Errorf("asked %d times", n)
		}
	}
}

// What was under way when the domain was suspended is asked again.
func TestResumedWhileAsking(t *testing.T) {
	s := started(t, "name=db-1")
	s.settle()
	s.control.AskName()
	s.control.Hear(&s.ours)
	s.theirs.Read(make([]byte, 1024)) // nobody answers
	s.control.Start(&s.ours)
	s.settle()
	var p [100]byte
	if n, known := s.control.Name(p[:]); string(p[:n]) != "db-1" || !known {
		t.Errorf("name %q, %v", p[:n], known)
	}
}

// What nobody asked for is passed over.
func TestStrangers(t *testing.T) {
	s := started(t)
	s.settle()
	s.say(abi.XS_READ, 7, "poweroff")
	s.say(abi.XS_READ, FirstID+requests, "poweroff")
	s.say(abi.XS_WRITE, FirstID+readShutdown, "poweroff")
	s.say(abi.XS_WATCH_EVENT, 0, "x")
	s.say(abi.XS_WATCH_EVENT, 0, "")
	s.say(abi.XS_READ, 9, strings.Repeat("long", 200))
	if got := s.settle(); len(got) > 0 {
		t.Errorf("orders %v", got)
	}
	s.set("control/shutdown", "poweroff")
	if got := s.settle(); !equal(got, Poweroff) {
		t.Errorf("orders %v afterwards", got)
	}
}

func FuzzHear(f *testing.F) {
	f.Add([]byte("\x0f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00a\x00s\x00"))
	f.Add([]byte("\x02\x00\x00\x00\x06\x00\x00\x80\x00\x00\x00\x00\x08\x00\x00\x00poweroff"))
	f.Fuzz(func(t *testing.T, said []byte) {
		s := started(t)
		for len(said) > 0 {
			n := s.theirs.Write(said[:min(len(said), 100)])
			said = said[n:]
			o, told := s.control.Hear(&s.ours)
			if n == 0 && o == None && !told {
				return // a message longer than the ring: nobody takes it
			}
			s.theirs.Read(make([]byte, 1024))
		}
	})
}
