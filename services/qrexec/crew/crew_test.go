// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What a crew promises. Host.

package crew

import (
	"context"
	"sync/atomic"
	"testing"
)

func spawn(f func()) { go f() }

// TestWait: Wait returns when all have left, again and again.
func TestWait(t *testing.T) {
	var c Crew
	for range 100 {
		var n atomic.Int32
		for range 10 {
			c.Start(spawn, func() { n.Add(1) })
		}
		if c.Wait(); n.Load() != 10 {
			t.Fatalf("Wait returned when %d of 10 had ended", n.Load())
		}
	}
	c.Wait()
}

// TestWhen: the function is called at the end of the context, unless it was stopped; then its goroutine ends too.
func TestWhen(t *testing.T) {
	var c Crew
	start := func(f func()) { c.Start(spawn, f) }
	ctx, cancel := context.WithCancel(context.Background())
	called := make(chan bool, 2)
	stop := When(ctx, start, func() { called <- true })
	for range 100 {
		mine, end := context.WithCancel(ctx)
		stop := When(mine, start, func() { t.Error("called after stop") })
		stop()
		end()
	}
	cancel()
	<-called
	stop()
	stop()
	c.Wait()
	When(context.Background(), func(func()) { t.Error("a goroutine for what cannot end") }, nil)()
}
