// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pipes, with names (fifo.go) and without, between goroutines of one program. Blocked ends wait on a condition
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

// pipe is the object of its ends: what an end may do is in the access mode of
// its file. One without a name has two. The lock comes before a file's.
type pipe struct {
	mu      sync.Mutex
	changed sync.Cond // data or room came, or an end left
	ring    []byte    // length: a power of two times pipeAtomic, at most size
	head, n int       // oldest byte and number of bytes
	size    int       // capacity
	readers []*file
	writers []*file
	came    [2]int // how many readers and writers were ever there
	inode   uint64
}

// newPipe returns a pipe without ends.
func newPipe(inode uint64) *pipe {
	p := &pipe{size: pipeSize, inode: inode}
	p.changed.L = &p.mu
	return p
}

// end returns a new end of the pipe, without a descriptor: one that reads or
// writes or, with a name, both. object is p, or what stands before it.
func (p *pipe) end(k kernel, object object, flags uint32) *file {
	f := &file{object: object, k: k, polled: MaxDescriptors}
	f.flags.Store(flags)
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.permits(true) {
		p.readers = append(p.readers, f)
		p.came[0]++
	}
	if f.permits(false) {
		p.writers = append(p.writers, f)
		p.came[1]++
	}
	p.changed.Broadcast()
	return f
}

func (p *pipe) read(f *file, b []byte, _ int64) (int, Errno) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(b) > 0 && p.n == 0 {
		if len(p.writers) == 0 {
			return 0, 0
		}
		if f.nonblock() {
			return 0, EAGAIN
		}
		p.changed.Wait()
	}
	n := p.take(b)
	if n > 0 {
		p.wake(p.writers, modeWrite)
	}
	return n, 0
}

func (p *pipe) write(f *file, b []byte, _ int64) (int, Errno) {
	p.mu.Lock()
	defer p.mu.Unlock()
	done, e := 0, Errno(0)
	for done < len(b) {
		if len(p.readers) == 0 {
			e = EPIPE
			break
		}
		// A short write goes whole or not at all; a long one piece by piece.
		if room := p.size - p.n; room > 0 && (room >= len(b) || len(b) > pipeAtomic) {
			done += p.put(b[done:])
			p.wake(p.readers, modeRead)
			continue
		}
		if f.nonblock() {
			e = EAGAIN
			break
		}
		p.changed.Wait()
	}
	if done > 0 {
		e = 0
	}
	return done, e
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

// pages rounds n up to a power of two of at least a page.
func pages(n int) int {
	size := pipeAtomic
	for size < n {
		size *= 2
	}
	return size
}

// grow makes the ring hold at least n bytes: most pipes never need 64 KiB.
func (p *pipe) grow(n int) {
	ring := make([]byte, pages(n))
	held := p.take(ring)
	p.ring, p.head, p.n = ring, 0, held
}

// wake tells both kinds of waiters of some ends that something changed.
func (p *pipe) wake(ends []*file, mode byte) {
	p.changed.Broadcast()
	for _, f := range ends {
		f.raise(mode)
	}
}

// capacity tells or sets the capacity.
func (p *pipe) capacity(want int64) (uintptr, Errno) {
	if want < 0 {
		size, _ := p.extent()
		return uintptr(size), 0
	}
	if want > pipeSizeMax {
		if want > 1<<31 {
			return 0, EINVAL
		}
		return 0, EPERM
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	size := pages(int(want))
	if size < p.n {
		return 0, EBUSY
	}
	p.size = size
	if len(p.ring) > size {
		p.grow(p.n)
	}
	p.wake(p.writers, modeWrite)
	return uintptr(size), 0
}

// pipe returns the pipe that f is an end of, nil if it is none.
func (f *file) pipe() *pipe {
	switch o := f.object.(type) {
	case *pipe:
		return o
	case *fifo:
		return o.p
	}
	return nil
}

// extent returns capacity and content, in bytes.
func (p *pipe) extent() (size, n int) {
	p.mu.Lock()
	size, n = p.size, p.n
	p.mu.Unlock()
	return size, n
}

// close tells the other ends: writers learn EPIPE, readers see the end.
func (p *pipe) close(f *file) {
	p.mu.Lock()
	p.readers, p.writers = without(p.readers, f), without(p.writers, f)
	p.wake(p.writers, modeWrite)
	p.wake(p.readers, modeRead)
	if len(p.readers)+len(p.writers) == 0 {
		p.head, p.n = 0, 0 // what nobody read of one that has a name
	}
	p.mu.Unlock()
}

// without takes f out of a list.
func without(list []*file, f *file) []*file {
	for i := range list {
		if list[i] == f {
			list[i] = list[len(list)-1]
			return list[:len(list)-1]
		}
	}
	return list
}

func (p *pipe) seek(*file, int64, int) (int64, Errno) { return 0, ESPIPE }

func (p *pipe) status() status {
	return status{inode: p.inode, mode: modePipe | 0o600, links: 1, block: pipeAtomic}
}
