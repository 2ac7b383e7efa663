// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls as they should be, and the ways in which they are not. Host.

package qrexec_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/domlet/domlet/services/qrexec"
	"github.com/domlet/domlet/services/qrexec/relay"
	"github.com/domlet/domlet/services/qrexec/wire"
)

// TestCall: argument, source, user, output, errors and code arrive.
func TestCall(t *testing.T) {
	each(t, func(w *world) {
		w.up()
		code, out, errs, err := w.do("test.Say", "words", "")
		if code != 42 || out != "words of test.Say for work as user" || errs != "a remark" || err != nil {
			t.Errorf("%d, %q, %q, %v", code, out, errs, err)
		}
	})
}

// TestVersions: agents of all versions call each other through the relay.
func TestVersions(t *testing.T) {
	for _, version := range []uint32{2, 3, 4} {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			w := newWorld(t, "vchan", version)
			w.startRelay(w.ctx)
			w.startAgent(w.ctx, work)
			w.version = 0
			w.startAgent(w.ctx, vault)
			w.echo(300000)
		})
	}
}

// echo sends n bytes and wants them back.
func (w *world) echo(n int) {
	w.Helper()
	data := make([]byte, n)
	rand.Read(data)
	code, out, _, err := w.do("test.Echo", "", string(data))
	if code != 0 || err != nil || out != string(data) {
		w.Errorf("%d of %d bytes came back, code %d: %v", len(out), n, code, err)
	}
}

// TestSizes: whole messages, one byte less and one more, none at all, and much.
func TestSizes(t *testing.T) {
	each(t, func(w *world) {
		w.up()
		for _, n := range []int{0, 1, 4087, 4088, 4089, 4096, 65527, 65528, 65529, 65536, 4 << 20} {
			w.echo(n)
		}
	})
}

// TestRefused: the policy's no, a domain calling itself, names that are none.
func TestRefused(t *testing.T) {
	each(t, func(w *world) {
		w.up()
		for target, want := range map[string]error{"nobody": qrexec.ErrRefused, "": qrexec.ErrRefused, "work": qrexec.ErrRefused} {
			_, err := w.agents[work].Call(w.ctx, target, "test.Echo", "")
			if !errors.Is(err, want) {
				t.Errorf("%q: %v", target, err)
			}
		}
		if _, err := w.agents[work].Call(w.ctx, "va ult", "test.Echo", ""); err == nil || errors.Is(err, qrexec.ErrRefused) {
			t.Errorf("a name with a space: %v", err)
		}
		w.until("all ports are free", func() bool { return w.relay.Ports(work) == 0 })
	})
}

// TestNotFound: no such service is 127, a panic and a command that is no service's are 125 and 126, and the agent lives on.
func TestNotFound(t *testing.T) {
	each(t, func(w *world) {
		w.up()
		code, _, errs, err := w.do("test.None", "", "input")
		if code != wire.ExitNotFound || err != nil || !strings.Contains(errs, "test.None: no such service") {
			t.Errorf("%d, %q, %v", code, errs, err)
		}
		if code, _, _, err := w.do("test.Panic", "", ""); code != wire.ExitProblem || err != nil {
			t.Errorf("after a panic: %d, %v", code, err)
		}
		w.echo(10)
	})
}

// TestMux: a handler for an argument comes before the one for all.
func TestMux(t *testing.T) {
	each(t, func(w *world) {
		w.mux.HandleFunc("test.Say+special", func(context.Context, *qrexec.Request) int { return 7 })
		w.up()
		for argument, want := range map[string]int{"": 42, "x": 42, "special": 7, "special+x": 42} {
			if code, _, _, err := w.do("test.Say", argument, ""); code != want || err != nil {
				t.Errorf("%q: %d, %v", argument, code, err)
			}
		}
	})
}

// TestCancel: the end of the caller's context ends the call, and cancels the service's.
func TestCancel(t *testing.T) {
	each(t, func(w *world) {
		cancelled := w.waiter()
		w.up()
		ctx, cancel := context.WithCancelCause(w.ctx)
		c, err := w.agents[work].Call(ctx, "vault", "test.Wait", "")
		if err != nil {
			t.Fatal(err)
		}
		io.ReadFull(c, make([]byte, 1))
		cancel(errEnd)
		if code, err := c.Wait(); code != wire.ExitProblem || !errors.Is(err, errEnd) {
			t.Errorf("%d, %v", code, err)
		}
		if err := <-cancelled; !errors.Is(err, qrexec.ErrLost) {
			t.Errorf("the service's context ended because %v", err)
		}
		w.until("all ports are free", func() bool { return w.relay.Ports(work) == 0 })
	})
}

// waiter adds a service that says a byte, does not read, and waits for its context's end.
func (w *world) waiter() <-chan error {
	cancelled := make(chan error, 1000)
	w.mux.HandleFunc("test.Wait", func(ctx context.Context, r *qrexec.Request) int {
		r.Stdout.Write([]byte("x"))
		<-ctx.Done()
		cancelled <- context.Cause(ctx)
		return 0
	})
	return cancelled
}

// TestCancelledWithInputWaiting: the same where input waits that the service does not want.
func TestCancelledWithInputWaiting(t *testing.T) {
	w := newWorld(t, "vchan", 0)
	cancelled := w.waiter()
	w.up()
	c := w.call("test.Wait", "")
	c.Write([]byte("something that nobody reads"))
	io.ReadFull(c, make([]byte, 1))
	c.Close()
	if err := <-cancelled; !errors.Is(err, qrexec.ErrLost) {
		t.Errorf("the service's context ended because %v", err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestDestroyed: either end's domain is destroyed in the middle of a call.
func TestDestroyed(t *testing.T) {
	t.Run("service", func(t *testing.T) {
		w := newWorld(t, "vchan", 0)
		w.waiter()
		w.up()
		c := w.call("test.Wait", "")
		io.ReadFull(c, make([]byte, 1))
		w.host.Domain(vault).Kill()
		if code, err := c.Wait(); code != wire.ExitProblem || !errors.Is(err, qrexec.ErrLost) {
			t.Errorf("%d, %v", code, err)
		}
		w.until("the relay knows", func() bool { return strings.Contains(w.log(), "no such domain") })
		if _, err := w.agents[work].Call(w.ctx, "vault", "test.Echo", ""); !errors.Is(err, qrexec.ErrRefused) {
			t.Errorf("a call to a domain that is gone: %v", err)
		}
	})
	t.Run("caller", func(t *testing.T) {
		w := newWorld(t, "vchan", 0)
		cancelled := w.waiter()
		w.up()
		io.ReadFull(w.call("test.Wait", ""), make([]byte, 1))
		w.host.Domain(work).Kill()
		if err := <-cancelled; !errors.Is(err, qrexec.ErrLost) {
			t.Errorf("the service's context ended because %v", err)
		}
	})
}

// TestCutInput: input that is cut is not input that ended.
func TestCutInput(t *testing.T) {
	each(t, func(w *world) {
		ended := make(chan error, 1)
		w.mux.HandleFunc("test.Store", func(ctx context.Context, r *qrexec.Request) int {
			r.Stdout.Write([]byte("x"))
			_, err := io.ReadAll(r.Stdin)
			ended <- err
			return 0
		})
		w.up()
		c := w.call("test.Store", "")
		c.Write([]byte("half of it"))
		io.ReadFull(c, make([]byte, 1))
		c.Close()
		if err := <-ended; err != io.ErrUnexpectedEOF {
			t.Errorf("the service's input ended with %v", err)
		}
	})
}

// TestInputFails: a reader that fails ends the call, and does not end the input as if that had been all.
func TestInputFails(t *testing.T) {
	each(t, func(w *world) {
		w.up()
		_, err := w.agents[work].Do(w.ctx, "vault", "test.Echo", "", qrexec.Streams{Stdin: io.MultiReader(strings.NewReader("half"), failing{})})
		if !errors.Is(err, errEnd) {
			t.Errorf("%v", err)
		}
	})
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errEnd }

// TestServiceEndsFirst: a service that does not read its input ends the call all the same.
func TestServiceEndsFirst(t *testing.T) {
	each(t, func(w *world) {
		w.up()
		code, out, _, err := w.do("test.Say", "a", strings.Repeat("x", 1<<20))
		if code != 42 || err != nil || !strings.HasPrefix(out, "a of") {
			t.Errorf("%d, %q, %v", code, out, err)
		}
	})
}

// TestBackPressure: a service that does not read stops its caller after what rings and buffers hold.
func TestBackPressure(t *testing.T) {
	w := newWorld(t, "vchan", 0)
	w.waiter()
	w.up()
	c := w.call("test.Wait", "")
	var sent atomic.Int64
	w.start(func() {
		for {
			n, err := c.Write(make([]byte, 100))
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	before := int64(-1)
	w.until("nothing is sent any more", func() bool {
		now := sent.Load()
		settled := now == before && now > 0
		before = now
		for range 50 {
			if sent.Load() != now {
				return false
			}
			io.Discard.Write(nil)
		}
		return settled
	})
	if n := sent.Load(); n > 8192 {
		t.Errorf("%d bytes were sent that nobody read", n)
	}
	c.Close()
}

// TestRelayRestarts: calls go on without a relay, and with the next one new calls work.
func TestRelayRestarts(t *testing.T) {
	each(t, func(w *world) {
		ctx, cancel := context.WithCancel(w.ctx)
		w.startRelay(ctx)
		for _, id := range names {
			w.startAgent(w.ctx, id)
		}
		c := w.call("test.Echo", "")
		cancel()
		w.until("the relay is gone", func() bool { return !w.agents[work].Status().Connected && !w.agents[vault].Status().Connected })
		w.startRelay(w.ctx)
		w.echo(10000)
		c.Write([]byte("still here"))
		c.CloseWrite()
		out, _ := io.ReadAll(c)
		if code, err := c.Wait(); string(out) != "still here" || code != 0 || err != nil {
			t.Errorf("%q, %d, %v", out, code, err)
		}
	})
}

// TestRequestsLost: a relay that ends takes the requests with it that it had not decided.
func TestRequestsLost(t *testing.T) {
	each(t, func(w *world) {
		asked := make(chan bool, 1)
		w.setPolicy(func(ctx context.Context, q relay.Question) (relay.Answer, error) {
			asked <- true
			<-ctx.Done()
			return relay.Answer{}, ctx.Err()
		})
		ctx, cancel := context.WithCancel(w.ctx)
		w.startRelay(ctx)
		w.startAgent(w.ctx, work)
		go func() {
			<-asked
			cancel()
		}()
		if _, err := w.agents[work].Call(w.ctx, "vault", "test.Echo", ""); !errors.Is(err, qrexec.ErrLost) {
			t.Errorf("%v", err)
		}
	})
}

// TestGivenUpRequest: a caller that does not wait for the decision leaves no port behind.
func TestGivenUpRequest(t *testing.T) {
	each(t, func(w *world) {
		asked := make(chan bool)
		w.setPolicy(func(ctx context.Context, q relay.Question) (relay.Answer, error) {
			asked <- true
			<-asked
			return byName(ctx, q)
		})
		w.up()
		ctx, cancel := context.WithCancelCause(w.ctx)
		go func() {
			<-asked
			cancel(errEnd)
		}()
		if _, err := w.agents[work].Call(ctx, "vault", "test.Echo", ""); !errors.Is(err, errEnd) {
			t.Errorf("%v", err)
		}
		close(asked)
		w.until("the port is free", func() bool { return w.relay.Ports(work) == 0 })
	})
}

// TestBusy: a call beyond what is served at once is told so.
func TestBusy(t *testing.T) {
	each(t, func(w *world) {
		w.serving = 1
		w.waiter()
		w.up()
		c := w.call("test.Wait", "")
		io.ReadFull(c, make([]byte, 1))
		code, _, errs, err := w.do("test.Echo", "", "")
		if code != wire.ExitProblem || err != nil || !strings.Contains(errs, "too many calls") {
			t.Errorf("%d, %q, %v", code, errs, err)
		}
		c.Close()
	})
}

// TestManyStreams: output and errors in turn do not mix and do not stall.
func TestManyStreams(t *testing.T) {
	each(t, func(w *world) {
		w.mux.HandleFunc("test.Both", func(ctx context.Context, r *qrexec.Request) int {
			var both sync.WaitGroup
			for _, s := range []io.Writer{r.Stdout, r.Stderr} {
				both.Go(func() {
					for i := range 300 {
						s.Write(bytes.Repeat([]byte{byte(i)}, 777))
					}
				})
			}
			both.Wait()
			return 0
		})
		w.up()
		code, out, errs, err := w.do("test.Both", "", "")
		if code != 0 || err != nil || len(out) != 300*777 || out != errs {
			t.Errorf("%d, %v, %d and %d bytes", code, err, len(out), len(errs))
		}
	})
}
