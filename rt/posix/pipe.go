// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pipes, between goroutines of one program. Blocked ends wait on a condition
// variable, so Go's deadlock detector sees them; nonblocking ends (os.Pipe)
// are raised in Go's poller.

package posix

import "sync"

const (
	// pipeSize is a new pipe's capacity in bytes, as on Linux.
	pipeSize = 65536
	// pipeSizeMax is the most F_SETPIPE_SZ grants (Linux: pipe-max-size).
	pipeSizeMax = 1 << 20
	// pipeAtomic is the longest write that is never split (PIPE_BUF).
	pipeAtomic = 4096
)

// pipe is the shared middle; its lock comes before a file's.
type pipe struct {
	mu      sync.Mutex
	reads   sync.Cond // data came, or the writers left
	writes  sync.Cond // room came, or the readers left
	ring    []byte    // length: a power of two times pipeAtomic, at most size
	head, n int       // oldest byte and number of bytes
	size    int       // capacity
	reader  *file     // nil once closed
	writer  *file     // nil once closed
	inode   uint64
}

// newPipe returns both ends of a new pipe, open, without descriptors.
func newPipe(k kernel, flags uint32, inode uint64) (r, w *file) {
	p := &pipe{size: pipeSize, inode: inode}
	p.reads.L, p.writes.L = &p.mu, &p.mu
	p.reader = newFile(k, readEnd{p}, oReadOnly|flags)
	p.writer = newFile(k, writeEnd{p}, oWriteOnly|flags)
	return p.reader, p.writer
}

// readEnd and writeEnd are the two objects of a pipe.
type (
	readEnd  struct{ *pipe }
	writeEnd struct{ *pipe }
)

func (p readEnd) read(f *file, b []byte, _ int64) (int, Errno) {
	if len(b) == 0 {
		return 0, 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.n == 0 {
		if p.writer == nil {
			return 0, 0
		}
		if f.nonblock() {
			return 0, EAGAIN
		}
		p.reads.Wait()
	}
	n := p.take(b)
	p.roomCame()
	return n, 0
}

func (writeEnd) read(*file, []byte, int64) (int, Errno) { return 0, EBADF }

func (readEnd) write(*file, []byte, int64) (int, Errno) { return 0, EBADF }

func (p writeEnd) write(f *file, b []byte, _ int64) (int, Errno) {
	if len(b) == 0 {
		return 0, 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for done := 0; ; {
		if p.reader == nil {
			return partial(done, EPIPE)
		}
		// A short write goes whole or not at all; a long one piece by piece.
		if room := p.size - p.n; room > 0 && (room >= len(b) || len(b) > pipeAtomic) {
			done += p.put(b[done:])
			p.dataCame()
		}
		if done == len(b) {
			return done, 0
		}
		if f.nonblock() {
			return partial(done, EAGAIN)
		}
		p.writes.Wait()
	}
}

// partial is the result of a write that stopped with e after done bytes.
func partial(done int, e Errno) (int, Errno) {
	if done > 0 {
		return done, 0
	}
	return 0, e
}

// take moves the oldest bytes into b. The lock is held, as in all below.
func (p *pipe) take(b []byte) int {
	done := 0
	for done < len(b) && p.n > 0 {
		end := min(p.head+p.n, len(p.ring))
		n := copy(b[done:], p.ring[p.head:end])
		p.head = (p.head + n) & (len(p.ring) - 1)
		p.n -= n
		done += n
	}
	return done
}

// put appends what fits of b.
func (p *pipe) put(b []byte) int {
	b = b[:min(len(b), p.size-p.n)]
	if p.n+len(b) > len(p.ring) {
		p.grow(p.n + len(b))
	}
	for rest := b; len(rest) > 0; {
		tail := (p.head + p.n) & (len(p.ring) - 1)
		n := copy(p.ring[tail:min(tail+len(p.ring)-p.n, len(p.ring))], rest)
		p.n += n
		rest = rest[n:]
	}
	return len(b)
}

// grow makes the ring hold at least n bytes: most pipes never need 64 KiB.
func (p *pipe) grow(n int) {
	size := pipeAtomic
	for size < n {
		size *= 2
	}
	ring := make([]byte, size)
	held := p.n
	p.take(ring)
	p.ring, p.head, p.n = ring, 0, held
}

// resize sets the capacity: F_SETPIPE_SZ.
func (p *pipe) resize(want int) (int, Errno) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if want < 0 || want > 1<<31-1 {
		return 0, EINVAL
	}
	size := pipeAtomic
	for size < want {
		size *= 2
	}
	switch {
	case size > pipeSizeMax:
		return 0, EPERM
	case size < p.n:
		return 0, EBUSY
	}
	p.size = size
	if len(p.ring) > size {
		p.grow(p.n)
	}
	p.roomCame()
	return size, 0
}

// capacity is F_GETPIPE_SZ.
func (p *pipe) capacity() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.size
}

// dataCame wakes the readers.
func (p *pipe) dataCame() {
	p.reads.Broadcast()
	if p.reader != nil {
		p.reader.raise(modeRead)
	}
}

// roomCame wakes the writers.
func (p *pipe) roomCame() {
	p.writes.Broadcast()
	if p.writer != nil {
		p.writer.raise(modeWrite)
	}
}

func (p readEnd) close(*file) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reader = nil
	p.roomCame() // to be told EPIPE
}

func (p writeEnd) close(*file) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writer = nil
	p.dataCame() // to see the end
}

func (p *pipe) seek(*file, int64, int) (int64, Errno) { return 0, ESPIPE }

func (p *pipe) pollable(int) bool { return true }

func (p *pipe) status() status {
	return status{inode: p.inode, mode: modePipe | 0o600, links: 1, block: 4096}
}

// control knows FIONREAD, the number of bytes waiting.
func (p *pipe) control(a arguments) (uintptr, Errno) {
	if a.uint32(1) != ioctlPending {
		return 0, ENOTTY
	}
	b, e := a.memory(2, 4)
	if e != 0 {
		return 0, e
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	put32(b, uint32(p.n))
	return 0, 0
}
