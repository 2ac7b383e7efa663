// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Sets of frames, as the memory map gives them. Boot; pure.

package pvh

// maxRanges is how many separate pieces of memory are kept. What is beyond is
// not used: a domain has two, split by what the builder put into them.
const maxRanges = 16

// A span is the frames from first up to, but without, end.
type span struct{ first, end uint32 }

// ranges is a set of frames. The spans are not empty and do not overlap.
type ranges struct {
	n int
	s [maxRanges]span
}

func (r *ranges) spans() []span { return r.s[:r.n] }

// add puts frames into the set that are not in it. False: no room.
func (r *ranges) add(s span) bool {
	if s.first >= s.end {
		return true
	}
	if r.n == maxRanges {
		return false
	}
	r.s[r.n] = s
	r.n++
	return true
}

// remove takes frames out of the set, those of them that are in it. A piece for
// which there is no room is lost.
func (r *ranges) remove(x span) {
	if x.first >= x.end {
		return
	}
	old := *r
	r.n = 0
	for _, s := range old.spans() {
		r.add(span{s.first, min(s.end, max(s.first, x.first))})
		r.add(span{max(s.first, min(s.end, x.end)), s.end})
	}
}

// take takes the lowest n frames that follow each other.
func (r *ranges) take(n uint32) (first uint32, ok bool) {
	at := -1
	for i, s := range r.spans() {
		if s.end-s.first >= n && (at < 0 || s.first < r.s[at].first) {
			at = i
		}
	}
	if at < 0 {
		return 0, false
	}
	first = r.s[at].first
	r.remove(span{first, first + n})
	return first, true
}

// meets reports whether some frame of x is in the set.
func (r *ranges) meets(x span) bool {
	for _, s := range r.spans() {
		if s.first < x.end && x.first < s.end {
			return true
		}
	}
	return false
}

// count is the number of frames in the set.
func (r *ranges) count() uint32 {
	n := uint32(0)
	for _, s := range r.spans() {
		n += s.end - s.first
	}
	return n
}

// limit is the first number above all frames of the set.
func (r *ranges) limit() uint32 {
	end := uint32(0)
	for _, s := range r.spans() {
		end = max(end, s.end)
	}
	return end
}
