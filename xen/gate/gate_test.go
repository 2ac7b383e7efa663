// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Gates under many goroutines. Host.

package gate

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestShutOnce(t *testing.T) {
	g := New()
	if !g.Enter() || g.IsShut() {
		t.Fatal("a new gate is shut")
	}
	if !g.Shut() || g.Shut() || !g.IsShut() || g.Enter() {
		t.Fatal("Shut does not shut once")
	}
	select {
	case <-g.Empty():
		t.Fatal("empty with a user inside")
	default:
	}
	g.Leave()
	<-g.Empty()
}

// Whoever shuts the gate finds nobody inside when it is empty, whenever they came.
func TestNobodyInsideWhenEmpty(t *testing.T) {
	for range 1000 {
		g := New()
		var inside atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for g.Enter() {
					inside.Add(1)
					inside.Add(-1)
					g.Leave()
				}
			})
		}
		g.Shut()
		<-g.Empty()
		if n := inside.Load(); n != 0 {
			t.Fatalf("%d users inside an empty gate", n)
		}
		all.Wait()
	}
}
