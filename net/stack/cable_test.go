// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Two networks with a cable between them, which may lose packets. Host only.

package stack

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"

	"github.com/domlet/domlet/net/netif"
	"github.com/domlet/domlet/rt/posix"
)

var errUnplugged = errors.New("unplugged")

// plug is one end of a cable: a wire.
type plug struct {
	mu      sync.Mutex
	changed sync.Cond
	queue   []netif.Packet // come from the other end
	off     bool
	peer    *plug
	loss    float64 // of what is sent from here
	rnd     *rand.Rand
	seen    func(netif.Packet) // each packet sent, nil for none
}

// cable makes two plugs.
func cable(loss float64) (a, b *plug) {
	a = &plug{loss: loss, rnd: rand.New(rand.NewPCG(1, 1))}
	b = &plug{loss: loss, rnd: rand.New(rand.NewPCG(2, 2)), peer: a}
	a.peer = b
	a.changed.L, b.changed.L = &a.mu, &b.mu
	return a, b
}

func (p *plug) Queues() int { return 1 }

func (p *plug) Stats() netif.Stats { return netif.Stats{} }

func (p *plug) Receive(_ int, batch []netif.Packet, alloc func(n int) []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && !p.off {
		p.changed.Wait()
	}
	if p.off {
		return 0, errUnplugged
	}
	n := min(len(batch), len(p.queue))
	for i, packet := range p.queue[:n] {
		batch[i] = packet
		batch[i].Data = alloc(len(packet.Data))
		copy(batch[i].Data, packet.Data)
	}
	p.queue = p.queue[n:]
	return n, nil
}

func (p *plug) Transmit(_ int, batch []netif.Packet) (int, error) {
	for _, packet := range batch {
		packet.Data, packet.More = slices.Concat(append([][]byte{packet.Data}, packet.More...)...), nil
		if p.seen != nil {
			p.seen(packet)
		}
		p.mu.Lock()
		lost := p.rnd.Float64() < p.loss
		p.mu.Unlock()
		if !lost {
			p.peer.take(packet)
		}
	}
	return len(batch), nil
}

func (p *plug) take(packet netif.Packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return
	}
	p.queue = append(p.queue, packet)
	p.changed.Signal()
}

func (p *plug) Ready(int) error { return nil }

func (p *plug) pull() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.off = true
	p.changed.Broadcast()
}

// wired makes a network with eth0 on a plug.
func wired(t testing.TB, p *plug, last byte, text string) (*Network, *link) {
	t.Helper()
	n := outfitted(t, p, last, text)
	t.Cleanup(p.pull) // before the network is closed
	return n, n.eth0.Load()
}

// outfitted makes a network with eth0 on a wire.
func outfitted(t testing.TB, w wire, last byte, text string) *Network {
	t.Helper()
	n, err := New(math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSettings(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.add(newLink(w, unlimited(), netif.MAC{0, 0x16, 0x3e, 0, 0, last}, 1500), s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.s.Close)
	return n
}

// pair makes two wired networks.
func pair(t testing.TB, a, b *plug) (one, two *Network) {
	one, _ = wired(t, a, 1, "10.0.0.1/24,fd00::1/64")
	two, _ = wired(t, b, 2, "10.0.0.2/24,fd00::2/64")
	return one, two
}

// TestEcho sends a megabyte there and back, over both protocols, with and without
// loss: what came is what went. Large packets must go whole, with a blank
// checksum, and IPv6's address must have passed its check for duplicates.
func TestEcho(t *testing.T) {
	for _, loss := range []float64{0, 0.02} {
		a, b := cable(loss)
		large := 0
		a.seen = func(p netif.Packet) {
			if p.GSO.Kind != netif.Whole && p.Checksum == netif.Blank && len(p.Data) > 1514 {
				large++
			}
		}
		one, two := pair(t, a, b)
		for _, at := range []string{"10.0.0.2:7", "[fd00::2]:7"} {
			echoOver(t, one, two, at)
		}
		if large == 0 {
			t.Error("no packet was left to the link to cut")
		}
	}
}

func echoOver(t testing.TB, one, two *Network, where string) {
	t.Helper()
	at := netip.MustParseAddrPort(where)
	full, protocol := tcpip.FullAddress{Addr: addressOf(at.Addr()), Port: at.Port()}, protocolOf(at.Addr())
	settled(t, two, at.Addr())
	settled(t, one, at.Addr().Prev())
	l, err := gonet.ListenTCP(two.s, full, protocol)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			io.Copy(c, c)
			c.Close()
		}
	}()
	c, err := gonet.DialTCP(one.s, full, protocol)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	data := make([]byte, 1<<20)
	rand.NewChaCha8([32]byte{1}).Read(data)
	go func() {
		c.Write(data)
		c.CloseWrite()
	}()
	c.SetDeadline(time.Now().Add(3 * time.Minute))
	back, err := io.ReadAll(c)
	if err != nil || !slices.Equal(back, data) {
		t.Errorf("%v: %d bytes went, %d came back, %v", at, len(data), len(back), err)
	}
}

// settled waits until an address may be used.
func settled(t testing.TB, n *Network, a netip.Addr) {
	t.Helper()
	until(t, func() bool { return n.s.CheckLocalAddress(outsideNIC, protocolOf(a), addressOf(a)) != 0 })
}

// until waits until something is so.
func until(t testing.TB, so func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it is not so after three minutes")
		}
	}
}

// TestNobodyThere: connecting to an address that nobody has fails as on Linux.
func TestNobodyThere(t *testing.T) {
	a, b := cable(0)
	one, _ := pair(t, a, b)
	o := &ours{n: one, told: map[int]string{}}
	s, _ := o.socket(posix.FamilyInet4, posix.KindStream, 0)
	to := posix.Address{Family: posix.FamilyInet4, Port: 1, IP: [16]byte{10, 0, 0, 77}}
	if e := o.connect(s, to); e != posix.EINPROGRESS {
		t.Fatalf("connect: errno %d", e)
	}
	e := eventually(t, func() (e posix.Errno) {
		v, _ := o.get(s, levelSocket, 4)
		if v[0] == 0 {
			return posix.EAGAIN
		}
		return posix.Errno(v[0])
	})
	if e != posix.EHOSTUNREACH {
		t.Errorf("errno %d", e)
	}
}

func TestParseSettings(t *testing.T) {
	for text, ok := range map[string]bool{
		"": true, "dhcp": true, "10.0.0.1/8": true, "fd00::1/64,gateway=fe80::1,dns=8.8.8.8": true,
		"10.0.0.1": false, "x": false, "gateway=": false, "gateway=1.2.3": false, "a=1.2.3.4": false, ",": false, "::ffff:1.2.3.4/96": false,
	} {
		if _, err := ParseSettings(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseSettings(f *testing.F) {
	f.Add("10.13.0.20/24,gateway=10.13.0.1,dns=10.13.0.1,fd00::20/64,dhcp")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSettings(text)
		if err != nil {
			return
		}
		n, err := New(math.MaxInt64)
		if err != nil {
			t.Fatal(err)
		}
		defer n.s.Close()
		p, _ := cable(0)
		defer p.pull()
		_ = n.add(newLink(p, unlimited(), netif.MAC{2}, 1500), s) // may refuse, must not fall over
	})
}
