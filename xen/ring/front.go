// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The end that sends requests. Portable; one goroutine at a time.

package ring

// Front is the frontend's end of a ring.
type Front struct {
	end
	next   uint32 // the slot of the next request
	pushed uint32 // requests before this one are the backend's
	taken  uint32 // responses before this one were taken
}

// NewFront makes an empty ring of slots of that many bytes each, as many as fit
// the memory. The backend must not have seen the memory yet.
func NewFront(m Memory, slot int) (*Front, error) {
	e, err := newEnd(m, slot)
	if err != nil {
		return nil, err
	}
	for _, w := range []struct{ off, v uint32 }{{reqProd, 0}, {rspProd, 0}, {reqEvent, 1}, {rspEvent, 1}} {
		m.Store32(w.off, w.v)
	}
	return &Front{end: e}, nil
}

// Free returns how many requests may be put before a response is taken.
func (f *Front) Free() int { return f.Slots() - f.Underway() }

// Underway returns how many requests were put whose responses were not taken.
func (f *Front) Underway() int { return int(f.next - f.taken) }

// Put fills the next slot with a request, which the backend sees after Push. A
// short request leaves the rest of the slot as it was.
func (f *Front) Put(request []byte) error {
	if f.err != nil {
		return f.err
	}
	if f.Free() == 0 {
		return ErrFull
	}
	if err := f.write(f.next, request); err != nil {
		return err
	}
	f.next++
	return nil
}

// Push hands the requests put to the backend and reports whether it must be
// notified.
func (f *Front) Push() (notify bool) {
	notify = f.push(reqProd, reqEvent, f.pushed, f.next)
	f.pushed = f.next
	return notify
}

// Take copies the next response into b and frees its slot. False: there is none.
func (f *Front) Take(b []byte) (bool, error) {
	n, err := f.responses()
	if n == 0 || err != nil {
		return false, err
	}
	if err := f.read(f.taken, b); err != nil {
		return false, err
	}
	f.taken++
	return true, nil
}

// responses counts those not taken. There are never more than requests pushed.
func (f *Front) responses() (uint32, error) {
	return f.waiting(rspProd, f.taken, f.pushed-f.taken)
}

// Done asks for a notification of the next response. True: there are some
// already, and waiting would be wrong.
func (f *Front) Done() (more bool, err error) { return f.Await(1) }

// Await asks for a notification when that many responses are to be taken, at
// least one and at most as many as there are requests under way. True: they are
// there already, and waiting would be wrong.
func (f *Front) Await(responses int) (enough bool, err error) {
	want := uint32(responses)
	n, err := f.responses()
	if n >= want || err != nil {
		return n >= want, err
	}
	f.mem.Store32(rspEvent, f.taken+want)
	n, err = f.responses()
	return n >= want, err
}
