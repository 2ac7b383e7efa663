// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The structures of sendmsg and its kin in the caller's memory. As with vector,
// their pointers are typed, so that one that lies on the caller's stack stays
// true. Runs on the caller's goroutine.

package posix

import "unsafe" // the callers' memory

// header is Linux's struct msghdr.
type header struct {
	name       unsafe.Pointer // a *byte of the caller's
	nameLength uint32
	_          uint32
	list       unsafe.Pointer // a *vector of the caller's
	listLength uintptr
	control    unsafe.Pointer // a *byte of the caller's
	controlled uintptr        // its length
	flags      uint32
	_          uint32
}

// headerOfMany is Linux's struct mmsghdr.
type headerOfMany struct {
	header
	moved uint32
	_     uint32
}

// header returns the struct msghdr that argument i points at.
func (a *arguments) header(i int) (*header, Errno) {
	p := a.pointer[i]
	if _, e := region(p, unsafe.Sizeof(header{})); e != 0 { // a header's length in bytes
		return nil, e
	}
	return (*header)(p), 0 // Go's own Msghdr types have this layout
}

// headers returns the array of struct mmsghdr that argument i points at, its
// length being argument i+1; what exceeds UIO_MAXIOV is ignored, as on Linux.
func (a *arguments) headers(i int) ([]headerOfMany, Errno) {
	n := uintptr(min(a.uint32(i+1), maxVectors))
	if n == 0 {
		return nil, 0
	}
	p := a.pointer[i]
	if _, e := region(p, n*unsafe.Sizeof(headerOfMany{})); e != 0 { // the array's length in bytes
		return nil, e
	}
	return unsafe.Slice((*headerOfMany)(p), n), 0 // as in header
}

// vectors returns the header's iovec array.
func (h *header) vectors() ([]vector, Errno) {
	if h.listLength > maxVectors {
		return nil, EMSGSIZE
	}
	if h.listLength == 0 {
		return nil, 0
	}
	if _, e := region(h.list, h.listLength*unsafe.Sizeof(vector{})); e != 0 { // as above
		return nil, e
	}
	return unsafe.Slice((*vector)(h.list), h.listLength), 0 // as in vectors of arguments
}

// address returns the bytes of the address that the header names, nil when none.
func (h *header) address() ([]byte, Errno) {
	if h.name == nil || h.nameLength == 0 {
		return nil, 0
	}
	if h.nameLength > addressMax {
		return nil, EINVAL
	}
	return region(h.name, uintptr(h.nameLength))
}

// controls returns the room for, or the bytes of, control messages.
func (h *header) controls() ([]byte, Errno) {
	if h.control == nil || h.controlled == 0 {
		return nil, 0
	}
	if h.controlled > controlMax {
		return nil, ENOBUFS
	}
	return region(h.control, h.controlled)
}

// storeAddress stores where a message came from and the address's whole length.
func (h *header) storeAddress(at []byte) Errno {
	if h.name == nil {
		return 0
	}
	if n := min(int(h.nameLength), len(at)); n > 0 {
		b, e := region(h.name, uintptr(n))
		if e != 0 {
			return e
		}
		copy(b, at)
	}
	h.nameLength = uint32(len(at))
	return 0
}

// finish notes how long the control messages are, and the message's flags.
func (h *header) finish(control, flags int) {
	h.controlled = uintptr(control)
	h.flags = uint32(flags)
}
