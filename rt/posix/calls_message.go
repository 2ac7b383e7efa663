// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that move bytes through a socket, with addresses and control messages.
// Linked as calls_socket.go is.

package posix

// Flags of transfers that only this package looks at, Linux's values (MSG_*).
const (
	messageDontWait = 0x40
	messageWaitAll  = 0x100
	messageForOne   = 0x10000    // MSG_WAITFORONE of recvmmsg
	messageCloexec  = 0x40000000 // MSG_CMSG_CLOEXEC
	messageOutBand  = 0x1
	messageErrors   = 0x2000 // MSG_ERRQUEUE
)

// Numbers of the calls that share a handler here.
const (
	callGetpeername = 52
	callAccept4     = 288
)

// sendto: fd, buffer, length, flags, address, its length.
func (s *system) sendto(a *arguments) (uintptr, Errno) {
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	b, e := a.buffer(1)
	if e != 0 {
		return 0, e
	}
	m := &Message{}
	if !a.null(4) {
		if m.Address, e = s.address(a, 4, a.int(5), o.family); e != 0 {
			return 0, e
		}
	}
	n, e := o.send(a.file, &userMemory{flat: b}, m, a.int(3))
	return uintptr(n), e
}

// recvfrom: fd, buffer, length, flags, address, pointer to its length.
func (s *system) recvfrom(a *arguments) (uintptr, Errno) {
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	b, e := a.buffer(1)
	if e != 0 {
		return 0, e
	}
	m := &Message{}
	n, e := o.receiveFrom(a.file, &userMemory{flat: b}, m, a.int(3))
	if e == 0 && !a.null(4) {
		e = a.storeAddress(4, 5, m.Address, o.family)
	}
	s.drop(m)
	return uintptr(n), e
}

// receiveFrom is receive, with the flags that are refused.
func (o *socket) receiveFrom(f *file, to *userMemory, m *Message, flags int) (int, Errno) {
	if flags&messageErrors != 0 {
		return 0, EAGAIN // no error is ever queued
	}
	if flags&messageOutBand != 0 {
		return 0, EINVAL // there is no urgent data
	}
	return o.receive(f, to, m, flags)
}

// sendmsg: fd, struct msghdr, flags.
func (s *system) sendmsg(a *arguments) (uintptr, Errno) {
	h, e := a.header(1)
	if e != 0 {
		return 0, e
	}
	n, e := s.sendHeader(a, h, a.int(2))
	return uintptr(n), e
}

// recvmsg: fd, struct msghdr, flags.
func (s *system) recvmsg(a *arguments) (uintptr, Errno) {
	h, e := a.header(1)
	if e != 0 {
		return 0, e
	}
	n, e := s.receiveHeader(a, h, a.int(2))
	return uintptr(n), e
}

// sendHeader sends what one header describes.
func (s *system) sendHeader(a *arguments, h *header, flags int) (int, Errno) {
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	list, e := h.vectors()
	if e != 0 {
		return 0, e
	}
	m := &Message{}
	if name, e := h.address(); e != 0 {
		return 0, e
	} else if name != nil {
		if m.Address, e = s.decode(name, o.family); e != 0 {
			return 0, e
		}
	}
	control, e := h.controls()
	if e != 0 {
		return 0, e
	}
	m.Control = append([]byte(nil), control...)
	if o.family == FamilyUnix {
		if e = s.passed(m); e != 0 {
			return 0, e
		}
	}
	n, e := o.send(a.file, &userMemory{list: list}, m, flags)
	s.drop(m) // what went with no bytes
	return n, e
}

// receiveHeader receives into what one header describes.
func (s *system) receiveHeader(a *arguments, h *header, flags int) (int, Errno) {
	o, e := a.asSocket()
	if e != 0 {
		return 0, e
	}
	list, e := h.vectors()
	if e != 0 {
		return 0, e
	}
	m := &Message{}
	n, e := o.receiveFrom(a.file, &userMemory{list: list}, m, flags)
	if e != 0 {
		return 0, e
	}
	room, e := h.controls()
	if e == 0 {
		s.arrived(m, flags&messageCloexec != 0, len(room))
		e = h.storeAddress(encode(m.Address, o.family))
	}
	if e != 0 {
		s.drop(m)
		return 0, e
	}
	h.finish(copy(room, m.Control), m.Flags|flags&messageCloexec) // as Linux says it back
	return n, 0
}

// sendmmsg: fd, array of struct mmsghdr, its length, flags.
func (s *system) sendmmsg(a *arguments) (uintptr, Errno) {
	return a.each(func(h *header, _ int) (int, Errno) { return s.sendHeader(a, h, a.int(3)) })
}

// recvmmsg: fd, array of struct mmsghdr, its length, flags, time limit: which
// Linux, too, looks at only between two messages, so none can be set here.
func (s *system) recvmmsg(a *arguments) (uintptr, Errno) {
	if !a.null(4) {
		return 0, EINVAL
	}
	flags := a.int(3)
	return a.each(func(h *header, i int) (int, Errno) {
		if i > 0 && flags&messageForOne != 0 {
			flags |= messageDontWait
		}
		return s.receiveHeader(a, h, flags&^messageForOne)
	})
}

// each runs transfer for one header after the other until one fails, and
// stores how many bytes each moved.
func (a *arguments) each(transfer func(h *header, i int) (int, Errno)) (uintptr, Errno) {
	list, e := a.headers(1)
	if e != 0 {
		return 0, e
	}
	for i := range list {
		n, e := transfer(&list[i].header, i)
		if e != 0 && i == 0 {
			return 0, e
		}
		if e != 0 {
			return uintptr(i), 0
		}
		list[i].moved = uint32(n)
	}
	return uintptr(len(list)), 0
}
