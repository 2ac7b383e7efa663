// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The run queue. Kernel, lock held.

package futex

// Queue is one line of threads. The zero Queue is empty.
type Queue struct {
	links Links
	line  FIFO
	n     int
}

// Len returns how many threads stand in line.
func (q *Queue) Len() int { return q.n }

// Push puts thread id at the end. False: id is no thread, or stands in line.
func (q *Queue) Push(id uint16) bool {
	if !q.links.mayJoin(id) {
		return false
	}
	q.links.pushBack(&q.line, 0, id)
	q.n++
	return true
}

// PushFront puts thread id at the front, with the conditions of Push.
func (q *Queue) PushFront(id uint16) bool {
	if !q.links.mayJoin(id) {
		return false
	}
	q.links.pushFront(&q.line, 0, id)
	q.n++
	return true
}

// Pop takes the thread at the front. False: the line is empty.
func (q *Queue) Pop() (id uint16, ok bool) {
	id = q.line.head
	return id, q.Remove(id)
}

// Remove takes thread id out, wherever it stands. False: it did not.
func (q *Queue) Remove(id uint16) bool {
	_, ok := q.links.line(id)
	if ok {
		q.links.remove(&q.line, id)
		q.n--
	}
	return ok
}
