// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Unix sockets, between goroutines of one program: names, connecting and
// closing. unix_transfer.go has the way of the bytes. One lock is enough for
// all of them: what happens under it is a copy at most.

package posix

import "sync"

const (
	// unixBuffer is how many bytes may wait for a reader (Linux's default of
	// SO_SNDBUF).
	unixBuffer = 212992
	// unixDatagrams is how many datagrams may wait for a reader
	// (net.unix.max_dgram_qlen).
	unixDatagrams = 10
)

// unixDomain is the state of all unix sockets.
type unixDomain struct {
	mu    sync.Mutex
	names map[string]*unixSocket // by key
	last  uint32                 // the last name given to a socket that asked for any
}

// unixState is how far a socket has come.
type unixState uint8

const (
	unixFresh unixState = iota
	unixListening
	unixConnected
	unixClosed
)

// unixSocket is one of them. The domain's lock guards it.
type unixSocket struct {
	s       *system
	d       *unixDomain // of s
	ready   func(mode byte)
	kind    int
	state   unixState
	name    string // "" is none
	key     string // in the table of names; "" when it is not there
	backlog int
	waiting []*unixSocket // connections to accept: the accepting ends
	peer    *unixSocket   // the other end; of datagrams where they go
	queue   []unixMessage // received
	queued  int           // bytes in it
	ended   bool          // nothing comes any more
	muted   bool          // nothing may be sent
	fault   Errno         // for SO_ERROR and the next call
	options map[int]int   // that are kept and change nothing
	writers []*unixSocket // who found the queue full
}

// unixMessage is what one send left, or what is left of it.
type unixMessage struct {
	data  []byte
	from  *unixSocket
	files []*file
}

// socket makes a socket.
func (d *unixDomain) socket(s *system, kind, protocol int) (Socket, Errno) {
	if protocol != 0 && protocol != FamilyUnix {
		return nil, EPROTONOSUPPORT
	}
	switch kind {
	case KindStream, KindDatagram, KindSeqPacket:
		return &unixSocket{s: s, d: d, kind: kind}, 0
	case KindRaw:
		return &unixSocket{s: s, d: d, kind: KindDatagram}, 0 // Linux's old courtesy
	}
	return nil, ESOCKTNOSUPPORT
}

// pair makes two sockets that are connected.
func (d *unixDomain) pair(s *system, kind, protocol int) (one, two Socket, e Errno) {
	if one, e = d.socket(s, kind, protocol); e != 0 {
		return nil, nil, e
	}
	two, _ = d.socket(s, kind, protocol)
	join(one.(*unixSocket), two.(*unixSocket))
	return one, two, 0
}

// join connects two sockets.
func join(a, b *unixSocket) {
	a.peer, b.peer = b, a
	a.state, b.state = unixConnected, unixConnected
}

// Notify locks: what Accept returns has another end, which may be sending.
func (u *unixSocket) Notify(ready func(mode byte)) {
	u.d.mu.Lock()
	u.ready = ready
	u.d.mu.Unlock()
}

// tell wakes those who wait for u, if anybody can.
func (u *unixSocket) tell(modes string) {
	if u != nil && u.ready != nil {
		for i := range len(modes) {
			u.ready(modes[i])
		}
	}
}

// Connect connects to a socket that listens, or says where datagrams go.
func (u *unixSocket) Connect(a Address) Errno {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	if u.kind == KindDatagram {
		return u.aim(a)
	}
	if a.Family != FamilyUnix {
		return EINVAL
	}
	l, e := u.find(a.name)
	switch {
	case e != 0:
		return e
	case l.state != unixListening || l.ended:
		return ECONNREFUSED
	case len(l.waiting) > l.backlog:
		l.full(u)
		return EAGAIN
	case u.state == unixConnected:
		return EISCONN
	case u.state != unixFresh:
		return EINVAL
	}
	end := &unixSocket{s: u.s, d: u.d, kind: u.kind, name: l.name}
	join(u, end)
	l.waiting = append(l.waiting, end)
	l.tell("r")
	u.tell("w")
	return 0
}

// aim says where datagrams go from now on.
func (u *unixSocket) aim(a Address) Errno {
	if a.Family == FamilyNone {
		u.turn(nil)
		u.state = unixFresh
		return 0
	}
	to, e := u.find(a.name)
	if e != 0 {
		return e
	}
	if to.peer != nil && to.peer != u {
		return EPERM
	}
	u.turn(to)
	u.state = unixConnected
	return 0
}

// turn makes another socket the peer of one of datagrams. What the old one sent
// is lost, and it learns that.
func (u *unixSocket) turn(to *unixSocket) {
	old := u.peer
	u.peer = to
	if old == nil || old == to || len(u.queue) == 0 {
		return
	}
	u.queue, u.queued = nil, 0
	u.wakeWriters()
	if old.state != unixClosed && old.peer == u {
		old.fault = ECONNRESET
		old.tell("rw")
	}
}

// Listen has the socket accept connections.
func (u *unixSocket) Listen(backlog int) Errno {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	switch {
	case u.kind == KindDatagram:
		return EOPNOTSUPP
	case u.name == "" || u.state != unixFresh && u.state != unixListening:
		return EINVAL
	}
	u.state, u.backlog = unixListening, backlog
	return 0
}

// Accept takes the oldest connection that waits.
func (u *unixSocket) Accept() (Socket, Address, Errno) {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	switch {
	case u.kind == KindDatagram:
		return nil, Address{}, EOPNOTSUPP
	case u.state != unixListening:
		return nil, Address{}, EINVAL
	case len(u.waiting) == 0:
		return nil, Address{}, EAGAIN
	}
	end := u.waiting[0]
	u.waiting = u.waiting[1:]
	u.wakeWriters()
	return end, unixAddress(end.peer.name), 0
}

// unixAddress makes an address of a name.
func unixAddress(name string) Address { return Address{Family: FamilyUnix, name: name} }

// Local returns the socket's name.
func (u *unixSocket) Local() (Address, Errno) {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	return unixAddress(u.name), 0
}

// Peer returns the name of the other end.
func (u *unixSocket) Peer() (Address, Errno) {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	if u.peer == nil {
		return Address{}, ENOTCONN
	}
	return unixAddress(u.peer.name), 0
}

// Shutdown ends one or both directions, at both ends.
func (u *unixSocket) Shutdown(read, write bool) Errno {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	u.ended = u.ended || read
	u.muted = u.muted || write
	if p := u.peer; p != nil && u.kind != KindDatagram {
		p.ended = p.ended || write
		p.muted = p.muted || read
		p.tell("rw")
	}
	u.tell("rw")
	return 0
}

// Close ends the socket: who is connected to it learns that.
func (u *unixSocket) Close() {
	u.d.mu.Lock()
	left := u.close()
	u.d.mu.Unlock()
	for _, m := range left {
		m.release()
	}
}

// close is Close with the lock held. What nobody has read is left over for the
// caller to release: another socket may be among it.
func (u *unixSocket) close() (left []unixMessage) {
	if u.d.names[u.key] == u {
		delete(u.d.names, u.key)
	}
	u.state = unixClosed
	if p := u.peer; p != nil && u.kind != KindDatagram {
		p.ended, p.muted = true, true
		if u.unread() {
			p.fault = ECONNRESET
		}
		p.tell("rw")
	}
	for _, end := range u.waiting {
		left = append(left, end.close()...)
		end.peer.fault = ECONNRESET
	}
	left = append(left, u.queue...)
	u.waiting, u.queue, u.queued = nil, nil, 0
	u.wakeWriters()
	return left
}

// unread reports whether something was received that nobody has read. Linux does
// not count an empty message at the front.
func (u *unixSocket) unread() bool {
	n := len(u.queue)
	return n > 1 || n == 1 && len(u.queue[0].data) > 0
}
