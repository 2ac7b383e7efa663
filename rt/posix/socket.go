// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The object behind a descriptor that is a socket, whatever carries it: waiting,
// and the way of bytes between the caller's memory and the carrier. Runs on the
// caller's goroutine.

package posix

import "sync"

const (
	// chunkSize is how much of a stream moves at once.
	chunkSize = 64 << 10
	// datagramMax is the longest datagram any socket takes.
	datagramMax = 256 << 10
)

// socket is the object. The carrier may keep slices in objects while it works, so
// bytes that lie on a stack, which may move then, pass through a buffer in the heap.
type socket struct {
	carrier  Socket
	buffers  *sync.Pool // of *[chunkSize]byte
	family   int
	kind     int
	protocol int
	inode    uint64

	mu      sync.Mutex
	changed sync.Cond
	events  uint64 // how often the socket became ready
	file    *file  // nil until it has one
}

// newSocket makes the object of a carrier.
func (s *system) newSocket(carrier Socket, family, kind, protocol int) *socket {
	o := &socket{carrier: carrier, buffers: &s.net.buffers, family: family, kind: kind, protocol: protocol, inode: s.inodes.Add(1)}
	o.changed.L = &o.mu
	carrier.Notify(o.ready)
	return o
}

// addSocket gives the socket a descriptor, or closes it.
func (s *system) addSocket(o *socket, flags uint32) (uintptr, Errno) {
	f := &file{object: o, k: s.k, polled: MaxDescriptors}
	f.flags.Store(oReadWrite | flags&oNonblock)
	o.mu.Lock()
	o.file = f
	o.mu.Unlock()
	fd, e := s.fds.add(f, 0, flags&oCloexec != 0)
	if e != 0 {
		o.carrier.Close()
	}
	return uintptr(fd), e
}

// ready wakes who waits here or in Go's poller.
func (o *socket) ready(mode byte) {
	o.mu.Lock()
	o.events++
	f := o.file
	o.mu.Unlock()
	o.changed.Broadcast()
	if f != nil {
		f.raise(mode)
	}
}

// attempt tries until the answer is something else than that it would have to
// wait, or once where the file or the call does not want to wait.
func (o *socket) attempt(f *file, dontWait bool, try func() Errno) Errno {
	for {
		o.mu.Lock()
		seen := o.events
		o.mu.Unlock()
		e := try()
		if e != EAGAIN || dontWait || f.nonblock() {
			return e
		}
		o.mu.Lock()
		for o.events == seen {
			o.changed.Wait()
		}
		o.mu.Unlock()
	}
}

// connect connects and waits for the outcome unless the file does not want to.
func (o *socket) connect(f *file, to Address) Errno {
	o.mu.Lock()
	seen := o.events
	o.mu.Unlock()
	e := o.attempt(f, false, func() Errno { return o.carrier.Connect(to) })
	for e == EINPROGRESS && !f.nonblock() {
		o.mu.Lock()
		for o.events == seen {
			o.changed.Wait()
		}
		seen = o.events
		o.mu.Unlock()
		if e = o.fault(); e == 0 {
			if _, e = o.carrier.Peer(); e == ENOTCONN {
				e = EINPROGRESS
			}
		}
	}
	return e
}

// fault takes the error that SO_ERROR would tell.
func (o *socket) fault() Errno {
	b, e := o.carrier.Option(levelSocket, optionError)
	if e != 0 || len(b) < 4 {
		return e
	}
	return Errno(get32(b))
}

// userMemory is the caller's memory for one transfer: a slice, or vectors.
type userMemory struct {
	flat []byte
	list []vector
}

// size is the number of bytes, or EFAULT.
func (m *userMemory) size() (int, Errno) {
	n := len(m.flat)
	for i := range m.list {
		b, e := m.list[i].bytes()
		if e != 0 {
			return 0, e
		}
		n += len(b)
	}
	return min(n, maxTransfer), 0
}

// load copies from offset off on into b.
func (m *userMemory) load(b []byte, off int) {
	if len(m.flat) > 0 {
		copy(b, m.flat[off:])
	}
	for i := range m.list {
		v, _ := m.list[i].bytes()
		if off < len(v) {
			b = b[copy(b, v[off:]):]
		}
		off = max(0, off-len(v))
	}
}

// store copies b to offset off on.
func (m *userMemory) store(b []byte, off int) {
	if len(m.flat) > 0 {
		copy(m.flat[off:], b)
	}
	for i := range m.list {
		v, _ := m.list[i].bytes()
		if off < len(v) {
			b = b[copy(v[off:], b):]
		}
		off = max(0, off-len(v))
	}
}

// direct returns the caller's n bytes at an offset, if the carrier can use them where
// they are.
func (m *userMemory) direct(off, n int) (b []byte, ok bool) {
	if len(m.flat) < off+n || !stays(m.flat) {
		return nil, false
	}
	return m.flat[off : off+n], true
}

// buffer returns room for n bytes and what to give back.
func (o *socket) buffer(n int) (b []byte, kept *[chunkSize]byte) {
	if n > chunkSize {
		return make([]byte, n), nil
	}
	kept, _ = o.buffers.Get().(*[chunkSize]byte)
	if kept == nil {
		kept = new([chunkSize]byte)
	}
	return kept[:n], kept
}

// giveBack returns what buffer kept.
func (o *socket) giveBack(kept *[chunkSize]byte) {
	if kept != nil {
		o.buffers.Put(kept)
	}
}

// receive fills the caller's memory.
func (o *socket) receive(f *file, to *userMemory, m *Message, flags int) (int, Errno) {
	size, e := to.size()
	if e != 0 {
		return 0, e
	}
	total := 0
	for {
		n, e := o.receiveOnce(f, to, total, size, m, flags)
		total += n
		again := flags&messageWaitAll != 0 && flags&MessagePeek == 0 && o.kind == KindStream && n > 0 && total < size
		if e != 0 && total > 0 {
			return total, 0
		}
		if e != 0 || !again {
			return total, e
		}
	}
}

// receiveOnce makes one transfer to offset off of the caller's memory.
func (o *socket) receiveOnce(f *file, to *userMemory, off, size int, m *Message, flags int) (n int, e Errno) {
	most := datagramMax
	if o.kind == KindStream {
		most = chunkSize
	}
	var kept *[chunkSize]byte
	b, direct := to.direct(off, min(size-off, most))
	if !direct {
		b, kept = o.buffer(min(size-off, most))
	}
	e = o.attempt(f, flags&messageDontWait != 0, func() (e Errno) {
		m.Flags = flags & MessagePeek
		n, e = o.carrier.Receive(b, m)
		return e
	})
	if !direct {
		to.store(b[:n], off)
	}
	o.giveBack(kept)
	if e == 0 && flags&MessageTruncated != 0 && o.kind != KindStream {
		n = m.Size
	}
	return n, e
}

// send takes the caller's memory: of a stream all, as long as it may wait.
func (o *socket) send(f *file, from *userMemory, m *Message, flags int) (int, Errno) {
	size, e := from.size()
	if e != 0 {
		return 0, e
	}
	if size > datagramMax && o.kind != KindStream {
		return 0, EMSGSIZE
	}
	total := 0
	for {
		n, e := o.sendOnce(f, from, total, size, m, flags)
		total += n
		if e != 0 && total > 0 {
			return total, 0
		}
		if e != 0 || total >= size || o.kind != KindStream {
			return total, e
		}
	}
}

// sendOnce makes one transfer from offset off of the caller's memory.
func (o *socket) sendOnce(f *file, from *userMemory, off, size int, m *Message, flags int) (n int, e Errno) {
	rest := size - off
	if o.kind == KindStream {
		rest = min(rest, chunkSize)
	}
	var kept *[chunkSize]byte
	b, direct := from.direct(off, rest)
	if !direct {
		b, kept = o.buffer(rest)
		from.load(b, off)
	}
	e = o.attempt(f, flags&messageDontWait != 0, func() (e Errno) {
		n, e = o.carrier.Send(b, m)
		return e
	})
	o.giveBack(kept)
	return n, e
}

func (o *socket) read(f *file, b []byte, _ int64) (int, Errno) {
	if len(b) == 0 && o.kind == KindStream {
		return 0, 0
	}
	return o.receive(f, &userMemory{flat: b}, &Message{}, 0)
}

func (o *socket) write(f *file, b []byte, _ int64) (int, Errno) {
	return o.send(f, &userMemory{flat: b}, &Message{}, 0)
}

// gather is readv and writev: of datagrams, too, one transfer.
func (o *socket) gather(f *file, list []vector, reading bool) (int, Errno) {
	memory := &userMemory{list: list}
	if reading {
		return o.receive(f, memory, &Message{}, 0)
	}
	return o.send(f, memory, &Message{}, 0)
}

func (o *socket) seek(*file, int64, int) (int64, Errno) { return 0, ESPIPE }

func (o *socket) capacity(int64) (uintptr, Errno) { return 0, EBADF }

func (o *socket) status() status {
	return status{inode: o.inode, mode: modeSocket | 0o777, links: 1, block: pipeAtomic}
}

func (o *socket) close(*file) { o.carrier.Close() }
