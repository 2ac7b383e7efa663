// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Memory from the heap and back: finalizers, zeroing, giving back, large data. In a
// domain and on Linux.

package main

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
	"weak"

	"github.com/domlet/domlet/rt"
)

// finalizers drops 1000 objects with a finalizer and 1000 with a cleanup.
func finalizers(string) error {
	var ran atomic.Int32
	pointer := drop(&ran)
	for range 2000 {
		runtime.GC()
		if ran.Load() == 2000 && pointer.Value() == nil {
			return nil
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("%d of 2000 finalizers and cleanups ran, weak pointer %v", ran.Load(), pointer.Value())
}

// drop makes the objects and forgets them; its result must become nil.
//
//go:noinline
func drop(ran *atomic.Int32) weak.Pointer[[64]byte] {
	for range 1000 {
		runtime.SetFinalizer(&[32]byte{1}, func(*[32]byte) { ran.Add(1) })
		runtime.AddCleanup(&[48]byte{1}, func(int) { ran.Add(1) }, 0)
	}
	return weak.Make(&[64]byte{1})
}

// zeroed dirties memory, drops it, and looks at what comes back.
func zeroed(string) error {
	for round := range 20 {
		for size := 16; size <= 1<<20; size *= 4 {
			block := make([]byte, size)
			for i, b := range block {
				if b != 0 {
					return fmt.Errorf("round %d: byte %d of a new block of %d is %#x", round, i, size, b)
				}
				block[i] = byte(round + 1)
			}
		}
		if round%5 == 4 {
			debug.FreeOSMemory()
		}
	}
	return nil
}

const mebibyte = 1 << 20

// patterned holds blocks of memory, each filled with words that name it.
type patterned [][]uint64

func (p patterned) fill(mib int, seed uint64) patterned {
	for range mib {
		block := make([]uint64, mebibyte/8)
		for i := range block {
			block[i] = seed + uint64(len(p))<<32 + uint64(i)
		}
		p = append(p, block)
	}
	return p
}

func (p patterned) check(seed uint64) error {
	for b, block := range p {
		for i, word := range block {
			if want := seed + uint64(b)<<32 + uint64(i); word != want {
				return fmt.Errorf("word %d of block %d is %#x, want %#x", i, b, word, want)
			}
		}
	}
	return nil
}

// scavenge gives memory back and takes it again. One set of blocks stays live
// throughout: a page that was reused while a processor still remembered its old
// place would overwrite it, or come back dirty.
func scavenge(string) error {
	const keep, swing = 4, 12
	kept := patterned(nil).fill(keep, 7)
	for round := range uint64(4) {
		swung := patterned(nil).fill(swing, round)
		if err := errors.Join(swung.check(round), kept.check(7)); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		swung = nil
		if err := giveBack(swing * mebibyte / 2); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
	}
	return kept.check(7)
}

// fragmented wants one large object when every page of a domain of 64 MiB is taken
// or has been: between the small objects that stay there is room enough in all, and
// nowhere enough for this one.
func fragmented(string) error {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	const small, all, large = 16 << 10, 40 * mebibyte, 30 * mebibyte
	blocks := make([][]byte, all/small)
	for i := range blocks {
		blocks[i] = make([]byte, small)
	}
	for i := 0; i < len(blocks); i += 2 {
		blocks[i] = nil
	}
	runtime.GC()
	if p := make([]byte, large); p[large-1] != 0 {
		return errors.New("a new object is not empty")
	}
	runtime.KeepAlive(blocks)
	return nil
}

// giveBack returns free memory to the kernel and checks that the runtime now
// counts at least want bytes as returned, and in a domain that the kernel has
// about as many more.
func giveBack(want uint64) error {
	before := rt.ReadStats().Free
	debug.FreeOSMemory()
	if gained := rt.ReadStats().Free - before; rt.InDomain && gained < want/4096 {
		return fmt.Errorf("the kernel has %d more free pages, want at least %d", int64(gained), want/4096)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapReleased < want {
		return fmt.Errorf("%d bytes of heap are given back, want at least %d", m.HeapReleased, want)
	}
	return nil
}

// live holds ARG MiB of data through a few collections.
func live(arg string) error {
	mib, err := number(arg, 16)
	if err != nil {
		return err
	}
	blocks := patterned(nil)
	for len(blocks) < mib {
		blocks = blocks.fill(1, 3)
	}
	for range 3 {
		runtime.GC()
		if err := blocks.check(3); err != nil {
			return err
		}
	}
	fmt.Printf("live_mib=%d\n", len(blocks))
	return nil
}

// bigObjects allocates objects of one to four MiB, keeping two at a time.
func bigObjects(string) error {
	var previous []byte
	for i := range 60 {
		block := make([]byte, (1+i%4)*mebibyte)
		block[0], block[len(block)-1] = byte(i), byte(i)
		if previous != nil && (previous[0] != byte(i-1) || previous[len(previous)-1] != byte(i-1)) {
			return fmt.Errorf("object %d was overwritten", i-1)
		}
		previous = block
	}
	return nil
}

// mapGrowth takes a map to 100 000 entries and back.
func mapGrowth(string) error {
	const n = 100_000
	m := map[int]int{}
	for i := range n {
		m[i*7] = i
	}
	for i := range n {
		if m[i*7] != i {
			return fmt.Errorf("entry %d is %d", i, m[i*7])
		}
		delete(m, i*7)
	}
	if len(m) != 0 {
		return fmt.Errorf("%d entries are left", len(m))
	}
	return nil
}
