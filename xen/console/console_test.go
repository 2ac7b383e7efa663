// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Consoles between two domains in memory. Host.

package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/domlet/domlet/xen/bytering"
	"github.com/domlet/domlet/xen/clock"
	"github.com/domlet/domlet/xen/grant"
	"github.com/domlet/domlet/xen/ring"
	"github.com/domlet/domlet/xen/xentest"
)

// pair connects console 1 of domain 5 with dom0.
func pair(t *testing.T, host *xentest.Host) (domain, dom0 *Console) {
	t.Helper()
	there := host.Domain(0).Platform()
	here := host.Domain(5).Platform()
	offered := make(chan *Console)
	go func() {
		c, err := Offer(t.Context(), there, 5, 1)
		if err != nil {
			t.Error(err)
		}
		offered <- c
	}()
	for _, err := range here.Store.Watch(t.Context(), "device/console/1/state") {
		if state, _ := here.Store.Read(t.Context(), "device/console/1/state"); err != nil || state == "1" {
			break
		}
	}
	domain, err := Open(t.Context(), here, 1)
	if err != nil {
		t.Fatal(err)
	}
	return domain, <-offered
}

// inBubble runs a test in which waiting takes no time.
func inBubble(t *testing.T, f func(t *testing.T, host *xentest.Host, domain, dom0 *Console)) {
	synctest.Test(t, func(t *testing.T) {
		host := xentest.New(t, 1)
		domain, dom0 := pair(t, host)
		f(t, host, domain, dom0)
		domain.Close()
		dom0.Close()
		host.Domain(5).Kill()
		host.Domain(0).Kill()
	})
}

func text(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.Bytes()[:n]
}

// Both directions at once, with a reader that is slow now and then: not a byte
// is lost.
func TestNothingIsLost(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *xentest.Host, domain, dom0 *Console) {
		want := text(100_000)
		results := make(chan []byte)
		for _, ends := range [][2]*Console{{domain, dom0}, {dom0, domain}} {
			go func() {
				if n, err := ends[0].Write(want); n != len(want) || err != nil {
					t.Errorf("wrote %d, %v", n, err)
				}
			}()
			go func() {
				got := make([]byte, 0, len(want))
				for len(got) < len(want) {
					n, err := ends[1].Read(got[len(got):min(len(got)+3000, len(want))])
					if err != nil {
						t.Error(err)
						break
					}
					if got = got[:len(got)+n]; len(got)%7 == 0 {
						time.Sleep(1900 * time.Millisecond)
					}
				}
				results <- got
			}()
		}
		for range 2 {
			if got := <-results; !bytes.Equal(got, want) {
				t.Errorf("%d bytes arrived, not those that were sent", len(got))
			}
		}
	})
}

// A reader that stands still costs two seconds, once; then output is dropped,
// and the loss is said when it flows again.
func TestLossIsSaid(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *xentest.Host, domain, dom0 *Console) {
		begin := time.Now()
		for range 3 {
			if n, err := domain.Write(bytes.Repeat([]byte("x"), 3000)); n != 3000 || err != nil {
				t.Errorf("wrote %d, %v", n, err)
			}
		}
		if took := time.Since(begin); took < 2*time.Second || took > 3*time.Second {
			t.Errorf("dropped after %v", took)
		}
		got := make([]byte, 4096)
		n, _ := dom0.Read(got)
		domain.Write([]byte("after\n"))
		m, _ := dom0.Read(got[n:])
		want := strings.Repeat("x", 2048) + "\ndomlet: console: 6952 bytes dropped\nafter\n"
		if string(got[:n+m]) != want {
			t.Errorf("read %d and %d bytes, ending in %q", n, m, got[max(0, n+m-60):n+m])
		}
	})
}

// What was written before the other end left can still be read.
func TestOtherEndLeaves(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *xentest.Host, domain, dom0 *Console) {
		domain.Write([]byte("last words"))
		got := make([]byte, 5)
		io.ReadFull(dom0, got)
		dom0.Close()
		if _, err := domain.Read(got); err != io.EOF {
			t.Errorf("read: %v", err)
		}
		if _, err := domain.Write(got); err != io.EOF {
			t.Errorf("write: %v", err)
		}
		if err := domain.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

// Who drops output for a reader that stands still learns that the reader has left.
func TestOtherEndLeavesWhileDropping(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *xentest.Host, domain, dom0 *Console) {
		if n, err := domain.Write(make([]byte, 5000)); n != 5000 || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
		dom0.Close()
		synctest.Wait()
		if n, err := domain.Write([]byte("x")); err != io.EOF {
			t.Errorf("wrote %d, %v", n, err)
		}
	})
}

func TestKilledDomain(t *testing.T) {
	inBubble(t, func(t *testing.T, host *xentest.Host, domain, dom0 *Console) {
		host.Domain(5).Kill()
		if _, err := io.ReadAll(dom0); err != nil {
			t.Errorf("read: %v", err)
		}
		if _, err := dom0.Write(make([]byte, 5000)); err != io.EOF {
			t.Errorf("write: %v", err)
		}
	})
}

func TestClose(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *xentest.Host, domain, _ *Console) {
		results := make(chan error)
		go func() {
			_, err := domain.Read(make([]byte, 1))
			results <- err
		}()
		go func() {
			_, err := domain.Write(make([]byte, 5000))
			results <- err
		}()
		synctest.Wait()
		if err := domain.Close(); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := <-results; !errors.Is(err, fs.ErrClosed) {
				t.Error(err)
			}
		}
		if err := domain.Close(); !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
	})
}

// Of many who close a console one does, and what it has is given back once.
func TestClosedByMany(t *testing.T) {
	for range 50 {
		var closed, released atomic.Int32
		c := alone(t, grant.NewMemory(make([]byte, grant.PageSize)), func() error { released.Add(1); return nil })
		var all sync.WaitGroup
		c.mu.Lock()
		for range 4 {
			all.Go(func() {
				if err := c.Close(); err == nil {
					closed.Add(1)
				} else if !errors.Is(err, fs.ErrClosed) {
					t.Error(err)
				}
			})
		}
		time.Sleep(2 * time.Millisecond) // a lock that was waited for so long is passed on from one to the next
		c.mu.Unlock()
		c.mu.Lock()
		time.Sleep(2 * time.Millisecond)
		c.mu.Unlock()
		all.Wait()
		if closed.Load() != 1 || released.Load() != 1 {
			t.Fatalf("closed %d times, released %d times", closed.Load(), released.Load())
		}
	}
}

// closing is a page whose console is closed when somebody looks at an index.
type closing struct {
	*grant.Memory
	close func()
}

func (m *closing) Load32(off uint32) uint32 {
	m.close()
	return m.Memory.Load32(off)
}

// A call that meets the end of the page says that the console is closed, and does
// not blame the other end.
func TestClosedInTheMiddle(t *testing.T) {
	for _, writes := range []bool{false, true} {
		page := grant.NewMemory(make([]byte, grant.PageSize))
		l := bytering.Console
		for _, index := range []uint32{l.InCons, l.InProd, l.OutCons, l.OutProd} {
			page.Store32(index, 10_000)
		}
		c := alone(t, page, func() error { <-page.Revoke(); return nil })
		trap := &closing{page, func() {}}
		c.out = ring.NewWriter(ring.Place{Index: trap, Cons: l.OutCons, Prod: l.OutProd, Data: page, Base: l.Out, Size: l.OutSize})
		c.in = ring.NewReader(ring.Place{Index: trap, Cons: l.InCons, Prod: l.InProd, Data: page, Base: l.In, Size: l.InSize})
		trap.close = func() { c.Close() }
		use := c.Read
		if writes {
			use = c.Write
		}
		if _, err := use(make([]byte, 10)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("writes: %v: %v", writes, err)
		}
	}
}

// alone makes a domain's end of a console that has no other.
func alone(t *testing.T, page *grant.Memory, release func() error) *Console {
	t.Helper()
	channel, err := xentest.New(t, 1).Domain(5).Events().Unbound(0)
	if err != nil {
		t.Fatal(err)
	}
	return newConsole(clock.System{}, page, channel, true, release)
}

// Indices out of range end a console with an error.
func TestBrokenIndices(t *testing.T) {
	for _, off := range []uint32{bytering.Console.InProd, bytering.Console.OutCons} {
		page := grant.NewMemory(make([]byte, grant.PageSize))
		c := alone(t, page, func() error { return nil })
		page.Store32(off, 1<<30)
		use := c.Read
		if off == bytering.Console.OutCons {
			use = c.Write
		}
		if _, err := use(make([]byte, 10)); !errors.Is(err, ring.ErrIndex) {
			t.Errorf("index at %d: %v", off, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNoSuchConsole(t *testing.T) {
	host := xentest.New(t, 1)
	if _, err := Open(t.Context(), host.Domain(5).Platform(), 7); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// An offer to a domain that dies ends, and leaves nothing behind in dom0.
func TestOfferToTheDying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host := xentest.New(t, 1)
		host.Domain(5)
		dom0 := host.Domain(0)
		ended := make(chan error, 1)
		go func() {
			_, err := Offer(t.Context(), dom0.Platform(), 5, 1)
			ended <- err
		}()
		synctest.Wait()
		host.Domain(5).Kill()
		synctest.Wait()
		select {
		case err := <-ended:
			if err == nil {
				t.Error("a console of nobody")
			}
		default:
			t.Error("it waits")
		}
		if _, err := dom0.Store().Read(t.Context(), "/local/domain/0/backend/console/5/1/state"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("dom0's node: %v", err)
		}
		dom0.Kill()
	})
}

// An offer that nobody takes leaves nothing behind, whenever it is given up.
func TestOfferGivenUp(t *testing.T) {
	host := xentest.New(t, 1)
	host.Domain(5)
	p := host.Domain(0).Platform()
	for patience := time.Microsecond; patience < 100*time.Millisecond; patience += patience/8 + time.Microsecond {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		if _, err := Offer(ctx, p, 5, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("given up after %v: %v", patience, err)
		}
		cancel()
		for _, node := range []string{"/local/domain/5/device/console/1", "/local/domain/0/backend/console/5/1"} {
			if _, err := p.Store.Read(t.Context(), node); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("given up after %v, %s: %v", patience, node, err)
			}
		}
	}
}
