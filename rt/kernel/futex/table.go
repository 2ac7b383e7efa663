// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The wait queue: who waits for which address. Kernel, lock held.

package futex

// lines is how many lines the addresses share: a power of two. A program has
// rarely more than some dozens of waiting threads.
const (
	lineBits = 8
	lines    = 1 << lineBits
)

// Table is who waits for which address. In the zero Table nobody waits.
type Table struct {
	links Links
	addr  [MaxThreads]uintptr // what the thread waits for, while it does
	line  [lines]FIFO
}

// bucket returns the line of an address. The multiplier is 2^64 over the golden
// ratio: it spreads addresses that differ in few bits over the top bits.
func bucket(addr uintptr) uint16 {
	return uint16(uint64(addr) * 0x9e3779b97f4a7c15 >> (64 - lineBits))
}

// Wait puts thread id behind those that wait for addr. False: id is no thread,
// or waits already.
func (t *Table) Wait(id uint16, addr uintptr) bool {
	if !t.links.mayJoin(id) {
		return false
	}
	no := bucket(addr)
	t.addr[id&mask] = addr
	t.links.pushBack(&t.line[no%lines], no, id)
	return true
}

// Wake takes the thread that has waited longest for addr out of the table.
// False: nobody waits for it.
func (t *Table) Wake(addr uintptr) (id uint16, ok bool) {
	l := &t.line[bucket(addr)%lines]
	for id = l.head; id != 0; id = t.links.next[id&mask] {
		if t.addr[id&mask] == addr {
			t.links.remove(l, id)
			return id, true
		}
	}
	return 0, false
}

// Remove takes thread id out of the table because it waits no longer, as after
// a timeout. False: it was not waiting, so somebody woke it before.
func (t *Table) Remove(id uint16) bool {
	no, ok := t.links.line(id)
	if ok {
		t.links.remove(&t.line[no%lines], id)
	}
	return ok
}
