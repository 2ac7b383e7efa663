// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Unix sockets: the way of the bytes from one to the other, and options.

package posix

// full notes that w has to wait until somebody takes something from u.
func (u *unixSocket) full(w *unixSocket) {
	for _, known := range u.writers {
		if known == w {
			return
		}
	}
	u.writers = append(u.writers, w)
}

// wakeWriters tells those whom full noted.
func (u *unixSocket) wakeWriters() {
	for _, w := range u.writers {
		w.tell("w")
	}
	u.writers = nil
}

// release gives the files of a message back that nobody received.
func (m *unixMessage) release() {
	for _, f := range m.files {
		f.release()
	}
}

// Send puts bytes into the queue of the other end.
func (u *unixSocket) Send(b []byte, m *Message) (int, Errno) {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	to, e := u.destination(&m.Address)
	if e != 0 {
		return 0, e
	}
	if u.kind == KindStream && len(b) == 0 && !u.muted {
		return 0, 0
	}
	if e := u.mayReach(to); e != 0 {
		return 0, e
	}
	room := unixBuffer - to.queued
	if u.kind == KindStream && room > 0 {
		b = b[:min(len(b), room)]
	}
	if len(b) > unixBuffer-32 && u.kind != KindStream { // Linux counts a header, too
		return 0, EMSGSIZE
	}
	crowded := u.kind == KindDatagram && to.peer != u && len(to.queue) > unixDatagrams
	if crowded || len(b) > room || room <= 0 {
		to.full(u)
		return 0, EAGAIN
	}
	to.queue = append(to.queue, unixMessage{append([]byte(nil), b...), u, m.files})
	to.queued += len(b)
	m.files = nil // they are the message's
	to.tell("r")
	return len(b), 0
}

// destination returns where a message goes.
func (u *unixSocket) destination(a *Address) (*unixSocket, Errno) {
	switch {
	case u.kind == KindSeqPacket && u.state != unixConnected:
		return nil, ENOTCONN
	case u.kind != KindStream && u.fault != 0:
		return nil, u.takeFault()
	case u.kind != KindStream && u.muted:
		return nil, EPIPE
	case u.kind == KindStream && a.Family != FamilyNone && u.state == unixConnected:
		return nil, EISCONN
	case u.kind == KindStream && a.Family != FamilyNone:
		return nil, EOPNOTSUPP
	case u.kind == KindDatagram && a.Family != FamilyNone:
		return u.find(a.name)
	case u.peer == nil:
		return nil, ENOTCONN
	}
	return u.peer, 0
}

// mayReach reports why nothing may be sent to a socket.
func (u *unixSocket) mayReach(to *unixSocket) Errno {
	switch {
	case u.muted:
		return EPIPE
	case to.state == unixClosed && u.kind == KindDatagram:
		u.turn(nil)
		u.state = unixFresh
		return ECONNREFUSED
	case u.kind == KindDatagram && to.peer != nil && to.peer != u:
		return EPERM
	case to.ended && u.kind == KindDatagram:
		return EPIPE
	case u.kind != KindDatagram && (to.state == unixClosed || to.ended):
		return EPIPE
	}
	return u.takeFault()
}

// takeFault returns an error that waits to be told, once.
func (u *unixSocket) takeFault() Errno {
	e := u.fault
	u.fault = 0
	return e
}

// Receive takes bytes or a message from the queue.
func (u *unixSocket) Receive(b []byte, m *Message) (int, Errno) {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	switch {
	case u.kind == KindStream && u.state != unixConnected:
		return 0, EINVAL
	case u.kind == KindSeqPacket && u.state != unixConnected:
		return 0, ENOTCONN
	}
	if u.kind != KindStream || len(u.queue) == 0 {
		if e := u.takeFault(); e != 0 {
			return 0, e
		}
	}
	if len(u.queue) == 0 {
		if !u.ended || u.kind == KindDatagram {
			return 0, EAGAIN
		}
		m.Flags, m.Size = 0, 0
		return 0, 0
	}
	peek := m.Flags&MessagePeek != 0
	m.Flags = 0
	if u.kind == KindStream {
		return u.receiveStream(b, m, peek), 0
	}
	return u.receiveMessage(b, m, peek), 0
}

// receiveMessage takes one message.
func (u *unixSocket) receiveMessage(b []byte, m *Message, peek bool) int {
	first := &u.queue[0]
	n := copy(b, first.data)
	if n < len(first.data) {
		m.Flags |= MessageTruncated
	}
	m.Size = len(first.data)
	m.sender(first.from)
	if !peek {
		m.files = append(m.files, first.files...)
		u.pop()
	}
	return n
}

// sender notes who sent a message, if it has a name: even one that it got only
// after sending.
func (m *Message) sender(from *unixSocket) {
	if from.name != "" {
		m.Address = unixAddress(from.name)
	}
}

// receiveStream takes bytes up to and with the first that came with files.
func (u *unixSocket) receiveStream(b []byte, m *Message, peek bool) int {
	done := 0
	for i := 0; i < len(u.queue) && done < len(b); {
		first := &u.queue[i]
		if len(first.files) > 0 && done > 0 {
			break
		}
		if done == 0 {
			m.sender(first.from)
		}
		n := copy(b[done:], first.data)
		done += n
		if peek {
			i++
			continue
		}
		stop := len(first.files) > 0
		m.files = append(m.files, first.files...)
		first.data, first.files = first.data[n:], nil
		u.queued -= n
		if len(first.data) == 0 {
			u.pop()
		}
		if stop {
			break
		}
	}
	if !peek {
		u.wakeWriters()
	}
	m.Size = done
	return done
}

// pop removes the first message.
func (u *unixSocket) pop() {
	u.queued -= len(u.queue[0].data)
	u.queue[0] = unixMessage{}
	u.queue = u.queue[1:]
	u.wakeWriters()
}

// Pending returns the bytes of the stream, or of the first message.
func (u *unixSocket) Pending() int {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	if u.kind == KindStream || len(u.queue) == 0 {
		return u.queued
	}
	return len(u.queue[0].data)
}

// Option returns an option.
func (u *unixSocket) Option(level, name int) ([]byte, Errno) {
	if level != levelSocket {
		return nil, EOPNOTSUPP
	}
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	switch name {
	case optionError:
		return word(int(u.takeFault())), 0
	case optionAccepting:
		if u.state == unixListening {
			return word(1), 0
		}
		return word(0), 0
	case optionPeerCred:
		return u.peerCred(), 0
	}
	if v, ok := u.options[name]; ok {
		return word(v), 0
	}
	return keptDefault(name)
}

// peerCred is the other end's struct ucred: process 1 of root, like everybody.
func (u *unixSocket) peerCred() []byte {
	b := make([]byte, 12)
	if u.state == unixFresh {
		put32(b[4:], ^uint32(0))
		put32(b[8:], ^uint32(0))
		return b
	}
	put32(b, 1)
	return b
}

// keptDefault returns what an option is that nobody has set.
func keptDefault(name int) ([]byte, Errno) {
	switch {
	case name == optionSendBuffer || name == optionRecvBuffer:
		return word(unixBuffer), 0
	case kept(name):
		return word(0), 0
	}
	return nil, ENOPROTOOPT
}

// kept reports whether an option can be set on any socket, with an int as its
// value, and says nothing about unix sockets.
func kept(name int) bool {
	const most = 16
	return name == optionReuseAddress || name >= 5 && name <= most && name != 13 && name != 14
}

// SetOption keeps an option.
func (u *unixSocket) SetOption(level, name int, value []byte) Errno {
	if level != levelSocket {
		return EOPNOTSUPP
	}
	if !kept(name) {
		return ENOPROTOOPT
	}
	if len(value) < 4 {
		return EINVAL
	}
	v := int(int32(get32(value)))
	if name == optionSendBuffer || name == optionRecvBuffer {
		v = max(2*min(v, unixBuffer), 4608)
	} else if v != 0 {
		v = 1
	}
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	if u.options == nil {
		u.options = map[int]int{}
	}
	u.options[name] = v
	return 0
}
