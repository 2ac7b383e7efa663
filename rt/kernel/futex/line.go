// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Lines of threads, threaded through arrays. Kernel, lock held.

package futex

// MaxThreads bounds the thread numbers: 1 .. MaxThreads-1.
const MaxThreads = 1024

// mask keeps an index inside the arrays where the compiler cannot see that it
// is; numbers are checked by valid before.
const mask = MaxThreads - 1

func valid(id uint16) bool { return id != 0 && id < MaxThreads }

// FIFO is the two ends of one line; 0 and 0 is an empty one.
type FIFO struct{ head, tail uint16 }

// Links is what several lines are threaded through. A thread stands in at most
// one of them.
type Links struct {
	next, prev [MaxThreads]uint16
	in         [MaxThreads]uint16 // which line, counted from 1; 0 = none
}

// pushBack puts id at the end of l, which is line number no.
func (k *Links) pushBack(l *FIFO, no, id uint16) {
	k.in[id&mask], k.next[id&mask], k.prev[id&mask] = no+1, 0, l.tail
	if l.tail == 0 {
		l.head = id
	} else {
		k.next[l.tail&mask] = id
	}
	l.tail = id
}

// pushFront puts id at the front of l, which is line number no.
func (k *Links) pushFront(l *FIFO, no, id uint16) {
	k.in[id&mask], k.next[id&mask], k.prev[id&mask] = no+1, l.head, 0
	if l.head == 0 {
		l.tail = id
	} else {
		k.prev[l.head&mask] = id
	}
	l.head = id
}

// remove takes id out of l, in which it stands.
func (k *Links) remove(l *FIFO, id uint16) {
	next, prev := k.next[id&mask], k.prev[id&mask]
	if prev == 0 {
		l.head = next
	} else {
		k.next[prev&mask] = next
	}
	if next == 0 {
		l.tail = prev
	} else {
		k.prev[next&mask] = prev
	}
	k.in[id&mask] = 0
}

// line returns the number of the line in which id stands.
func (k *Links) line(id uint16) (no uint16, ok bool) {
	if !valid(id) || k.in[id&mask] == 0 {
		return 0, false
	}
	return k.in[id&mask] - 1, true
}

// mayJoin reports whether id is a thread that stands in no line.
func (k *Links) mayJoin(id uint16) bool { return valid(id) && k.in[id&mask] == 0 }
