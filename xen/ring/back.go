// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The end that answers requests. Portable; one goroutine at a time.

package ring

// Back is the backend's end of a ring.
type Back struct {
	end
	taken  uint32 // requests before this one were taken
	next   uint32 // the slot of the next response
	pushed uint32 // responses before this one are the frontend's
}

// NewBack takes up a ring that a frontend made, with slots of that many bytes
// each. Where a backend was at work before, it goes on behind its last response.
func NewBack(m Memory, slot int) (*Back, error) {
	e, err := newEnd(m, slot)
	if err != nil {
		return nil, err
	}
	at := m.Load32(rspProd)
	return &Back{end: e, taken: at, next: at, pushed: at}, nil
}

// Take copies the next request into b. False: there is none.
func (k *Back) Take(b []byte) (bool, error) {
	n, err := k.requests()
	if n == 0 || err != nil {
		return false, err
	}
	if err := k.read(k.taken, b); err != nil {
		return false, err
	}
	k.taken++
	return true, nil
}

// requests counts those not taken. With those not answered they are never more
// than slots.
func (k *Back) requests() (uint32, error) {
	return k.waiting(reqProd, k.taken, k.slots-(k.taken-k.pushed))
}

// Put fills the next slot with a response, which the frontend sees after Push.
// ErrFull: all requests taken are answered.
func (k *Back) Put(response []byte) error {
	if k.err != nil {
		return k.err
	}
	if k.next == k.taken {
		return ErrFull
	}
	if err := k.write(k.next, response); err != nil {
		return err
	}
	k.next++
	return nil
}

// Push hands the responses put to the frontend and reports whether it must be
// notified.
func (k *Back) Push() (notify bool) {
	notify = k.push(rspProd, rspEvent, k.pushed, k.next)
	k.pushed = k.next
	return notify
}

// Waiting returns how many requests are to be taken. A frontend that breaks the
// protocol can make them fewer.
func (k *Back) Waiting() (int, error) {
	n, err := k.requests()
	return int(n), err
}

// Done asks for a notification of the next request. True: there are some already,
// and waiting would be wrong.
func (k *Back) Done() (more bool, err error) { return k.Await(1) }

// Await asks for a notification when that many requests are to be taken, at least
// one and at most as many as there are slots. True: they are there already, and
// waiting would be wrong.
func (k *Back) Await(requests int) (enough bool, err error) {
	want := uint32(requests)
	n, err := k.requests()
	if n >= want || err != nil {
		return n >= want, err
	}
	k.mem.Store32(reqEvent, k.taken+want)
	n, err = k.requests()
	return n >= want, err
}
