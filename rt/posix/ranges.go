// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Locks on ranges of a file that belong to an open file (fcntl's F_OFD_SETLK): in
// the way of other open files, never of the one that has them. Unlike Linux's they
// do not see the locks of the process, of which there is one.

package posix

// lastByte is where a range ends that has no end.
const lastByte = 1<<63 - 1

// span is a lock on the bytes low to high, both of them included.
type span struct {
	owner     *file
	kind      uint32 // lockForRead or lockForWrite
	low, high int64
}

// against reports whether two spans cannot both be had.
func (a span) against(b span) bool {
	return a.owner != b.owner && a.low <= b.high && b.low <= a.high && (a.kind == lockForWrite || b.kind == lockForWrite)
}

// rangeLock is fcntl's lock that the open file would have: b is a struct flock.
func (f *file) rangeLock(command int, b []byte) Errno {
	const typeOf, pidOf = 0, 24
	kind := get32(b[typeOf:]) & 0xffff
	if command == fGetRange && kind >= lockFree {
		return EINVAL
	}
	s, e := f.span(b)
	switch {
	case e != 0:
		return e
	case kind > lockFree:
		return EINVAL
	case command != fGetRange && (kind == lockForRead && !f.permits(true) || kind == lockForWrite && !f.permits(false)):
		return EBADF
	case get32(b[pidOf:]) != 0: // it belongs to no process
		return EINVAL
	}
	s.owner, s.kind = f, kind
	n := f.inode()
	switch {
	case command == fGetRange:
		n.askRange(s, b)
		return 0
	case n == nil: // a pipe, say, of which nobody has another file
		return 0
	}
	return n.lockRange(s, command == fSetRangeWait)
}

// span reads which bytes a struct flock is about: from a place (l_start and
// l_whence) so many forwards, backwards, or all there will ever be.
func (f *file) span(b []byte) (s span, e Errno) {
	var from int64
	switch get32(b) >> 16 {
	case seekStart:
	case seekCurrent:
		from, e = f.object.seek(f, 0, seekCurrent)
	case seekEnd:
		from = f.object.status().size
	default:
		return s, EINVAL
	}
	start, length := int64(get64(b[8:])), int64(get64(b[16:]))
	switch {
	case e != 0:
		return s, e
	case start > lastByte-from:
		return s, EOVERFLOW
	case start+from < 0:
		return s, EINVAL
	}
	s.low, s.high = start+from, lastByte
	switch {
	case length > 0 && length-1 > lastByte-s.low:
		return s, EOVERFLOW
	case length > 0:
		s.high = s.low + length - 1
	case length < 0 && s.low+length < 0:
		return s, EINVAL
	case length < 0:
		s.low, s.high = s.low+length, s.low-1
	}
	return s, 0
}

// askRange writes into b which lock is in the way of s: the type lockFree if none.
func (n *inode) askRange(s span, b []byte) {
	b[0], b[1] = lockFree, 0
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	found := n.holders.inTheWay(s)
	if found == nil {
		return
	}
	length := found.high - found.low + 1
	if found.high == lastByte {
		length = 0
	}
	put32(b, found.kind) // and the place is from the file's front
	put64(b[8:], uint64(found.low))
	put64(b[16:], uint64(length))
	put32(b[24:], 1<<32-1) // no process
}

// lockRange makes s a lock, once nobody is in the way, or takes it away.
func (n *inode) lockRange(s span, wait bool) Errno {
	n.mu.Lock()
	defer n.mu.Unlock()
	for s.kind != lockFree && n.holders.inTheWay(s) != nil {
		if !wait {
			return EAGAIN
		}
		n.waitForHolders()
	}
	n.holders.setRange(s)
	n.holders.tell()
	return 0
}

// inTheWay returns the first lock of another owner because of which s cannot be
// had, or nil.
func (h *holders) inTheWay(s span) *span {
	for i := range h.ranges {
		if s.against(h.ranges[i]) {
			return &h.ranges[i]
		}
	}
	return nil
}

// setRange puts s in the place of what its owner has of these bytes. The locks of
// one owner stand together, in the order of the bytes, and the owners in the
// order in which they came, as askRange shows them.
func (h *holders) setRange(s span) {
	s = h.widen(s)
	all := make([]span, 0, len(h.ranges)+2)
	placed, met := s.kind == lockFree, false
	place := func() {
		if !placed {
			all = append(all, s)
		}
		placed = true
	}
	for _, a := range h.ranges {
		if a.owner != s.owner {
			if met {
				place()
			}
			all = append(all, a)
			continue
		}
		met = true
		if a.low < s.low {
			all = append(all, span{a.owner, a.kind, a.low, min(a.high, s.low-1)})
		}
		if a.high > s.high {
			place()
			all = append(all, span{a.owner, a.kind, max(a.low, s.high+1), a.high})
		}
	}
	place()
	h.ranges = all
}

// widen returns s with what its owner has already that touches it and is alike.
func (h *holders) widen(s span) span {
	for _, a := range h.ranges {
		if a.owner == s.owner && a.kind == s.kind && a.low-1 <= s.high && s.low-1 <= a.high {
			s.low, s.high = min(a.low, s.low), max(a.high, s.high)
		}
	}
	return s
}

// unlockRanges takes what f holds.
func (n *inode) unlockRanges(f *file) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.holders.ranges) > 0 {
		n.holders.setRange(span{f, lockFree, 0, lastByte})
		n.holders.tell()
	}
}
