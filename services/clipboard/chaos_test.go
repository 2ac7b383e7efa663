// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Fifty clients, ten of whom do what they can. Host, or a domain (mkimage test).

package clipboard

import (
	"bytes"
	"context"
	"flag"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/services/directory"
	"github.com/domlet/domlet/xen/abi"
	"github.com/domlet/domlet/xen/grant"
)

var (
	chaosFor  = flag.Duration("chaos", 0, "how long to go on with TestChaos, in real time; each round is a minute of the clients'")
	chaosSeed = flag.Uint64("chaos-seed", 0, "seed of the first round; 0 takes the clock")
)

// Numbers of domains: the hostile ones come first.
const (
	firstHostile = 10
	firstGood    = 100
	goodClients  = 40
)

// TestChaos: forty clients copy and paste while ten send garbage, flood, stall, die, lie, connect and leave, and provoke panics and
// handlers that never return. The forty see no error and wait for nobody: in a bubble of time, what they do takes none. When
// the ten are gone, the domain holds what it held before.
func TestChaos(t *testing.T) {
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	begin, heap := time.Now(), uint64(0)
	for round := 0; round == 0 || time.Since(begin) < *chaosFor; round++ {
		synctest.Test(t, func(t *testing.T) { chaos(t, seed+uint64(round)) })
		if t.Failed() {
			t.Fatalf("round %d, -chaos-seed %d", round, seed+uint64(round))
		}
		if now := heapInUse(); round < 3 {
			heap = max(heap, now)
		} else if now > heap+heap/4+1<<20 {
			t.Fatalf("round %d: the heap has grown from %d to %d bytes", round, heap, now)
		}
		if round%10 == 0 {
			t.Logf("%d rounds in %v, %d bytes of heap", round+1, time.Since(begin).Round(time.Second), heapInUse())
		}
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// storm is one round.
type storm struct {
	*world
	over context.Context
	turn chan bool // there is one clipboard: whoever copies and pastes has it
	seen int       // pastes that were right
	hang chan bool // closed when handlers that hang may return
}

// chaos runs one round.
func chaos(t *testing.T, seed uint64) {
	over, end := context.WithTimeout(context.Background(), time.Minute)
	defer end()
	s := &storm{world: newWorld(t, Budget), over: over, turn: make(chan bool, 1), hang: make(chan bool)}
	s.decide = s.verdict
	var good, bad sync.WaitGroup
	var open []io.Closer
	conns := make([]*Conn, goodClients)
	for i := range conns {
		c := s.serve(abi.Domid_t(firstGood+i), "good").dial()
		open, conns[i] = append(open, c), NewConn(c)
	}
	synctest.Wait()
	before := s.holds()
	for i, f := range []func(h *hostile){(*hostile).garbage, (*hostile).flood, (*hostile).stall, (*hostile).hoard, (*hostile).die,
		(*hostile).panics, (*hostile).hangs, (*hostile).lie, (*hostile).notify, (*hostile).churn} {
		h := &hostile{s.serve(abi.Domid_t(firstHostile+i), "bad"), rand.New(rand.NewPCG(seed, uint64(i+1)))}
		bad.Go(func() {
			for over.Err() == nil {
				f(h)
				time.Sleep(time.Duration(h.random.IntN(500)) * time.Millisecond)
			}
		})
	}
	for i := range conns {
		pair := [2]*Conn{conns[i], conns[(i+1)%goodClients]}
		if i%2 == 0 {
			good.Go(func() { s.exchange(pair, rand.New(rand.NewPCG(seed, uint64(1000+i)))) })
		}
	}
	good.Wait()
	bad.Wait()
	s.aftermath(before)
	for _, c := range open {
		c.Close()
	}
	s.nothingLeft()
}

// verdict lets the good paste; of the others it makes trouble.
func (s *storm) verdict(_ context.Context, service string, source, target *directory.Client) Verdict {
	switch target.ID {
	case firstHostile + 5:
		panic("provoked")
	case firstHostile + 6:
		<-s.hang
	}
	return Verdict{service == PasteService && target.Domain.Name == "good", ""}
}

// exchange is what two good clients do: one copies, and a little later the other pastes, about once a second.
func (s *storm) exchange(pair [2]*Conn, random *rand.Rand) {
	into := make([]byte, MaxLimit)
	for s.over.Err() == nil {
		contents := []byte(text(random.IntN(20000)))
		s.turn <- true
		var number uint64
		s.atOnce("copies", func() (err error) { number, err = pair[0].Copy(plain, contents); return err })
		time.Sleep(time.Duration(random.IntN(30)) * time.Millisecond)
		s.atOnce("asks", func() error { _, err := pair[0].Status(); return err })
		s.atOnce("pastes", func() error {
			p, err := pair[1].Paste(into)
			if p.Number != number || !bytes.Equal(into[:p.Size], contents) {
				s.t.Errorf("a good client pastes %+v, which is not copy %d", p, number)
			}
			return err
		})
		s.seen++
		<-s.turn
		time.Sleep(time.Duration(500+random.IntN(500)) * time.Millisecond)
	}
}

// atOnce wants something to be done without an error and without a wait.
func (s *storm) atOnce(what string, f func() error) {
	begin := time.Now()
	if err := f(); err != nil {
		s.t.Errorf("a good client %s: %v", what, err)
	}
	if took := time.Since(begin); took != 0 {
		s.t.Errorf("a good client %s, and waits for %v", what, took)
	}
}

// holdings is what the clipboard's domain has.
type holdings struct {
	stats                            grant.Stats
	ports, pages, slices, bytes, all int
	watches, transactions            int
}

func (s *storm) holds() holdings {
	h := holdings{stats: s.domain.Grants().Stats(), ports: s.domain.Ports(), pages: s.world.pages.InUse()}
	h.stats.Free, h.stats.Frames = 0, 0 // the table grows, and does not shrink
	for _, st := range s.set.Status() {
		h.slices++
		h.bytes += st.Bytes
		h.all += st.Connections + st.Goroutines
	}
	h.watches, h.transactions = s.host.Xenstored().Held(self)
	return h
}

// aftermath wants all that the hostile clients used to be back.
func (s *storm) aftermath(before holdings) {
	if s.set.Quarantined() != 1 || len(s.fatal) > 0 {
		s.t.Errorf("%d slices in quarantine; %q", s.set.Quarantined(), s.fatal)
	}
	close(s.hang)
	for i := range abi.Domid_t(10) {
		s.server.Detach(firstHostile + i)
		s.host.Domain(firstHostile + i).Kill()
	}
	s.forget()
	time.Sleep(10 * time.Minute)
	if after := s.holds(); after != before {
		s.t.Errorf("the domain holds\n%+v and held\n%+v before the storm", after, before)
	}
	for _, provoked := range []string{"in quarantine", "panic in serve: provoked", "refused in a row", "the handler copy takes longer", "malformed", "hostile"} {
		if !s.said(provoked) {
			s.t.Errorf("nobody provoked %q", provoked)
		}
	}
	if s.seen < 20*20 {
		s.t.Errorf("only %d exchanges", s.seen)
	}
}
