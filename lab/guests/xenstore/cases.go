// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Cases that stay within the quotas.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/domlet/domlet/xen/store"
)

func basic(b *bench) error {
	id, err := b.c.Domid(b.ctx)
	if err != nil {
		return err
	}
	for _, size := range []int{0, 1, 900, 1000, 1007, 1008, 1024, 1500, 1900} {
		want := strings.Repeat("y", size)
		if err := b.c.Write(b.ctx, b.base+"/value", want); err != nil {
			return err
		}
		if got, err := b.c.Read(b.ctx, store.DomainPath(id)+"/"+b.base+"/value"); err != nil || got != want {
			return fmt.Errorf("%d bytes became %d, %v", size, len(got), err)
		}
	}
	perms := []store.Permission{{Domain: id, Access: store.NoAccess}, {Domain: id + 1, Access: store.ReadOnly}}
	return errors.Join(
		b.c.Mkdir(b.ctx, b.base+"/dir"),
		b.c.SetPermissions(b.ctx, b.base+"/dir", perms...),
		wantPermissions(b, b.base+"/dir", perms),
		wantNames(b, []string{"dir", "value"}),
		watched(b),
	)
}

func wantPermissions(b *bench, path string, want []store.Permission) error {
	if got, err := b.c.Permissions(b.ctx, path); err != nil || !slices.Equal(got, want) {
		return fmt.Errorf("permissions %v, %v", got, err)
	}
	return nil
}

func wantNames(b *bench, want []string) error {
	names, err := b.c.List(b.ctx, b.base)
	if slices.Sort(names); err != nil || !slices.Equal(names, want) {
		return fmt.Errorf("names %q, %v", names, err)
	}
	return nil
}

// watched wants one event when a watch is set and one for a change.
func watched(b *bench) error {
	first := true
	for changed, err := range b.c.Watch(b.ctx, b.base) {
		switch {
		case err != nil:
			return err
		case !first && changed == b.base+"/new":
			return nil
		case first && changed != b.base:
			return fmt.Errorf("first event for %s", changed)
		case first:
			if err := b.c.Write(b.ctx, b.base+"/new", ""); err != nil {
				return err
			}
		}
		first = false
	}
	return errors.New("the watch ended")
}

// together runs f n times at once.
func together(n int, f func(i int) error) error {
	var all sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func goroutines(b *bench) error {
	return together(b.n, func(g int) error {
		path := fmt.Sprintf("%s/%d", b.base, g)
		for i := range 4 {
			want := fmt.Sprintf("%d %d %s", g, i, strings.Repeat("z", i*400))
			if err := b.c.Write(b.ctx, path, want); err != nil {
				return err
			}
			if got, err := b.c.Read(b.ctx, path); err != nil || got != want {
				return fmt.Errorf("goroutine %d: %q, %v", g, got, err)
			}
		}
		return nil
	})
}

func conflicts(b *bench) error {
	if err := b.c.Write(b.ctx, b.base, "0"); err != nil {
		return err
	}
	const rounds = 5
	var runs struct {
		sync.Mutex
		n int
	}
	err := together(b.n, func(int) error {
		for range rounds {
			if err := b.c.Transaction(b.ctx, func(tx *store.Tx) error {
				runs.Lock()
				runs.n++
				runs.Unlock()
				text, err := tx.Read(b.ctx, b.base)
				n, _ := strconv.Atoi(text)
				return errors.Join(err, tx.Write(b.ctx, b.base, strconv.Itoa(n+1)))
			}); err != nil {
				return err
			}
		}
		return nil
	})
	got, readErr := b.c.Read(b.ctx, b.base)
	fmt.Printf("%d transactions in %d runs\n", b.n*rounds, runs.n)
	if got != strconv.Itoa(b.n*rounds) {
		return fmt.Errorf("counted to %s: %w", got, errors.Join(err, readErr))
	}
	return errors.Join(err, readErr)
}

// directory makes more children than a message holds names. A node's quota is
// smaller than a message, so only dom0 can.
func directory(b *bench) error {
	var want []string
	for i := range 300 {
		want = append(want, fmt.Sprintf("a-child-with-a-long-name-%04d", i))
		if err := b.c.Mkdir(b.ctx, b.base+"/"+want[i]); err != nil {
			return err
		}
	}
	return wantNames(b, want)
}

func outstanding(b *bench) error {
	return together(b.n, func(int) error {
		_, err := b.c.Read(b.ctx, "domid")
		return err
	})
}

func latency(b *bench) error {
	begin := time.Now()
	for range b.n {
		if _, err := b.c.Read(b.ctx, "domid"); err != nil {
			return err
		}
	}
	fmt.Printf("read_ns=%d\n", time.Since(begin).Nanoseconds()/int64(b.n))
	return nil
}

func leave(b *bench) error {
	if err := b.c.Write(b.ctx, b.base, "x"); err != nil {
		return err
	}
	fmt.Println("leaving")
	time.Sleep(time.Duration(b.n) * time.Millisecond)
	os.Exit(3)
	return nil
}

// midway ends the program while a request is half in the ring, which it is for most
// of the time: four ringfuls are under way, and xenstored refuses them in the end.
func midway(b *bench) error {
	long := strings.Repeat("x", 4000)
	for range b.n {
		go func() {
			for {
				b.c.Write(b.ctx, b.base, long)
			}
		}()
	}
	fmt.Println("leaving")
	time.Sleep(100 * time.Millisecond)
	os.Exit(3)
	return nil
}

func deadlock(b *bench) error {
	if err := watched(b); err != nil {
		return err
	}
	b.stop() // a timer would be something to wait for
	select {}
}

// stopped makes requests, each with 20 ms of patience, until xenstored was stopped for
// so long that ten in a row were given up and a goroutine that does not use xenstore
// went on N times meanwhile; and one more with all patience.
func stopped(b *bench) error {
	if err := b.c.Write(b.ctx, b.base, "x"); err != nil {
		return err
	}
	fmt.Println("xenstored answers")
	var ticks atomic.Int64
	go tick(b.ctx, &ticks)
	givenUp, since := 0, int64(0)
	for givenUp < 10 || ticks.Load()-since < int64(b.n) {
		switch err := impatient(b); {
		case errors.Is(err, context.DeadlineExceeded) && b.ctx.Err() == nil:
			givenUp++
		case err != nil:
			return err
		default:
			givenUp, since = 0, ticks.Load()
		}
	}
	fmt.Println("calls were given up, all else went on")
	return b.c.Write(b.ctx, b.base, "x")
}

// impatient makes a request and gives it 20 ms.
func impatient(b *bench) error {
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Millisecond)
	defer cancel()
	return b.c.Write(ctx, b.base, "x")
}

// tick counts up every 10 ms.
func tick(ctx context.Context, ticks *atomic.Int64) {
	for ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
		ticks.Add(1)
	}
}
