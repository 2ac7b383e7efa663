// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a net.Conn must do, both ends in memory. Host.

package vchan_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/domlet/domlet/xen/vchan"
)

// sizes are rings of each kind.
var sizes = map[string]vchan.Rings{
	"page":      {},
	"other way": {Read: 2048},
	"mixed":     {Read: 2048, Write: 10000},
	"4K":        {Read: 4096, Write: 4096},
	"64K":       {Read: 65536, Write: 65536},
	"1M":        {Read: vchan.MaxRing, Write: vchan.MaxRing},
}

// each runs a test over connections with each kind of rings.
func each(t *testing.T, f func(t *testing.T, w *world, a, b *vchan.Conn)) {
	for name, r := range sizes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			server, client := w.connect(r)
			f(t, w, server, client)
			server.Close()
			client.Close()
			w.nothingLeft()
		})
	}
}

// pour writes random bytes and closes; the other end's reader compares.
func pour(t *testing.T, from, to *vchan.Conn, n int) {
	data := make([]byte, n)
	rand.Read(data)
	var both sync.WaitGroup
	both.Go(func() {
		if k, err := from.Write(data); k != n || err != nil {
			t.Errorf("wrote %d of %d: %v", k, n, err)
		}
	})
	both.Go(func() {
		got := make([]byte, n)
		if _, err := io.ReadFull(to, got); err != nil {
			t.Error(err)
		}
		if !bytes.Equal(got, data) {
			t.Error("other bytes arrived than were sent")
		}
	})
	both.Wait()
}

func TestBothWaysAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		var ways sync.WaitGroup
		ways.Go(func() { pour(t, a, b, 3<<20+17) })
		ways.Go(func() { pour(t, b, a, 3<<20+5) })
		ways.Wait()
	})
}

// TestDataBeforeEOF: what was written before Close is read after it, then io.EOF, again and again. Either end may close.
func TestDataBeforeEOF(t *testing.T) {
	end := func(t *testing.T, a, b *vchan.Conn) {
		a.Write([]byte("the last words"))
		a.Close()
		got, err := io.ReadAll(b)
		if string(got) != "the last words" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("after the end: %d, %v", n, err)
		}
		if _, err := b.Write([]byte("x")); !errors.Is(err, vchan.ErrGone) {
			t.Errorf("writing to a partner that left: %v", err)
		}
	}
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) { end(t, a, b) })
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) { end(t, b, a) })
}

// TestReadTimeout: a deadline ends a Read, past or to come, and moving it makes the connection usable again.
func TestReadTimeout(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		for _, d := range []time.Duration{-time.Hour, 0, time.Millisecond, 20 * time.Millisecond} {
			a.SetReadDeadline(time.Now().Add(d))
			_, err := a.Read(make([]byte, 1))
			timedOut(t, err)
			_, err = a.Read(make([]byte, 1))
			timedOut(t, err)
		}
		a.SetReadDeadline(time.Time{})
		go b.Write([]byte("x"))
		if n, err := a.Read(make([]byte, 5)); n != 1 || err != nil {
			t.Errorf("after the deadline was moved: %d, %v", n, err)
		}
	})
}

func timedOut(t *testing.T, err error) {
	t.Helper()
	var n net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &n) || !n.Timeout() {
		t.Errorf("not a timeout: %v", err)
	}
}

// TestWriteTimeout: a write that finds no room ends with what it wrote, and the rest can be written later.
func TestWriteTimeout(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		data := make([]byte, 3<<20)
		rand.Read(data)
		n, err := 0, os.ErrDeadlineExceeded
		for d := 10 * time.Millisecond; n == 0 && errors.Is(err, os.ErrDeadlineExceeded); d *= 2 { // it may pass before Write begins
			a.SetWriteDeadline(time.Now().Add(d))
			n, err = a.Write(data)
		}
		timedOut(t, err)
		if n == 0 || n == len(data) {
			t.Errorf("%d bytes were written", n)
		}
		a.SetWriteDeadline(time.Time{})
		go a.Write(data[n:])
		got := make([]byte, len(data))
		if _, err := io.ReadFull(b, got); err != nil || !bytes.Equal(got, data) {
			t.Errorf("the whole did not arrive: %v", err)
		}
	})
}

// TestDeadlineMovesUnderRead: a deadline that is set while Read waits counts for it.
func TestDeadlineMovesUnderRead(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		a.SetReadDeadline(time.Now().Add(time.Hour))
		time.AfterFunc(5*time.Millisecond, func() { a.SetReadDeadline(time.Now()) })
		_, err := a.Read(make([]byte, 1))
		timedOut(t, err)
	})
}

// TestCloseEndsCalls: Close ends everything that waits, readers and writers, several of each.
func TestCloseEndsCalls(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		var calls sync.WaitGroup
		for range 3 {
			calls.Go(func() {
				if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Read: %v", err)
				}
			})
			calls.Go(func() {
				if _, err := a.Write(make([]byte, 3<<20)); !errors.Is(err, net.ErrClosed) {
					t.Errorf("Write: %v", err)
				}
			})
		}
		time.Sleep(5 * time.Millisecond)
		for range 2 {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}
		calls.Wait()
		if err := a.SetDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("SetDeadline: %v", err)
		}
	})
}

// TestPingPong bounces one byte, and a writer and a reader wait at the same time at each end.
func TestPingPong(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		var ends sync.WaitGroup
		for _, c := range []*vchan.Conn{a, b} {
			ends.Go(func() {
				for i := range 2000 {
					if c == a {
						c.Write([]byte{byte(i)})
					}
					p := make([]byte, 1)
					if _, err := io.ReadFull(c, p); err != nil || p[0] != byte(i) {
						t.Errorf("byte %d: %v, %v", i, p, err)
						return
					}
					if c == b {
						c.Write(p)
					}
				}
			})
		}
		ends.Wait()
	})
}

// TestManyWriters: writes of several goroutines are not mixed.
func TestManyWriters(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		const writers, words, size = 8, 20, 5000
		for i := range writers {
			go func() {
				for range words {
					a.Write(bytes.Repeat([]byte{byte(i)}, size))
				}
			}()
		}
		word := make([]byte, size)
		for range writers * words {
			if _, err := io.ReadFull(b, word); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(word, bytes.Repeat(word[:1], size)) {
				t.Fatal("two writes were mixed")
			}
		}
	})
}

// TestPeekDiscard reads in place.
func TestPeekDiscard(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		data := make([]byte, 3<<20+11)
		rand.Read(data)
		go func() {
			a.Write(data)
			a.Close()
		}()
		var got []byte
		for {
			n := 0
			err := b.Peek(func(p []byte) { got, n = append(got, p...), len(p) })
			if err == io.EOF {
				break
			}
			if k, err2 := b.Discard(n); err != nil || err2 != nil || k != n || n == 0 {
				t.Fatalf("peeked at %d, discarded %d: %v, %v", n, k, err, err2)
			}
		}
		if !bytes.Equal(got, data) {
			t.Error("other bytes were seen than were sent")
		}
		if n, err := b.Discard(1); n != 0 || err != io.EOF {
			t.Errorf("at the end: %d, %v", n, err)
		}
	})
}

// TestDrain waits for the partner to read, and no longer than it lives.
func TestDrain(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		a.Write(make([]byte, 500))
		a.SetWriteDeadline(time.Now().Add(5 * time.Millisecond))
		timedOut(t, a.Drain())
		a.SetWriteDeadline(time.Time{})
		go io.ReadFull(b, make([]byte, 500))
		if err := a.Drain(); err != nil {
			t.Error(err)
		}
		b.Close()
		if err := a.Drain(); err != nil {
			t.Errorf("nothing was to be taken: %v", err)
		}
	})
}

// TestDrainWithoutPartner: what a partner that left did not take, it never will.
func TestDrainWithoutPartner(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		a.Write(make([]byte, 500))
		time.AfterFunc(5*time.Millisecond, func() { b.Close() })
		if err := a.Drain(); !errors.Is(err, vchan.ErrGone) {
			t.Errorf("%v", err)
		}
	})
}

// TestEmpty: no bytes are moved at once, with an error where there is one to tell.
func TestEmpty(t *testing.T) {
	each(t, func(t *testing.T, w *world, a, b *vchan.Conn) {
		if n, err := a.Read(nil); n != 0 || err != nil {
			t.Errorf("Read: %d, %v", n, err)
		}
		if n, err := a.Write(nil); n != 0 || err != nil {
			t.Errorf("Write: %d, %v", n, err)
		}
		a.Close()
		if _, err := a.Read(nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Read: %v", err)
		}
		if _, err := a.Write(nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write: %v", err)
		}
	})
}

// TestAddresses: both ends name the same two domains.
func TestAddresses(t *testing.T) {
	w := newWorld(t)
	a, b := w.connect(vchan.Rings{})
	if got := a.LocalAddr().String(); got != "1:/local/domain/1/data/vchan/2/513" {
		t.Error(got)
	}
	if a.RemoteAddr() != b.LocalAddr() || b.RemoteAddr() != a.LocalAddr() || a.LocalAddr().Network() != "vchan" {
		t.Error(a.LocalAddr(), a.RemoteAddr(), b.LocalAddr(), b.RemoteAddr())
	}
}

// BenchmarkConn writes and reads without ever waiting: what a byte costs besides the partner.
func BenchmarkConn(b *testing.B) {
	for _, size := range []int{80, 4096} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			server, client := newWorld(b).connect(vchan.Rings{Read: 65536, Write: 65536})
			p := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				client.Write(p)
				io.ReadFull(server, p)
			}
		})
	}
}
