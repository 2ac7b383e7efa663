// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Pipes with a name. An open waits for the other end, as fifo(7) says.

package posix

// fifo is the object of one end.
type fifo struct {
	opened
	p *pipe
}

func (o *fifo) read(f *file, b []byte, off int64) (int, Errno)  { return o.p.read(f, b, off) }
func (o *fifo) write(f *file, b []byte, off int64) (int, Errno) { return o.p.write(f, b, off) }
func (o *fifo) seek(*file, int64, int) (int64, Errno)           { return 0, ESPIPE }
func (o *fifo) capacity(want int64) (uintptr, Errno)            { return o.p.capacity(want) }

func (o *fifo) close(f *file) {
	o.p.close(f)
	o.opened.close(f)
}

// openFIFO returns an end of the named pipe n, which is held. Unless it is a
// nonblocking one it waits until the other end was there once.
func (s *system) openFIFO(n *inode, flags uint32) (*file, Errno) {
	n.mu.Lock()
	if n.fifo == nil {
		n.fifo = newPipe(n.number)
	}
	p := n.fifo
	n.mu.Unlock()
	f := p.end(s.k, &fifo{opened{&s.tree, n}, p}, flags)
	if e := p.meet(f); e != 0 {
		f.object.close(f)
		return nil, e
	}
	return f, 0
}

// meet waits for the other end of f: only a nonblocking one that writes must
// have a reader.
func (p *pipe) meet(f *file) Errno {
	reads, writes := f.permits(true), f.permits(false)
	p.mu.Lock()
	defer p.mu.Unlock()
	if reads == writes || f.nonblock() && reads {
		return 0
	}
	other, there := 0, len(p.readers)
	if reads {
		other, there = 1, len(p.writers)
	}
	if f.nonblock() && there == 0 {
		return ENXIO
	}
	for before := p.came[other]; there == 0 && p.came[other] == before; {
		p.changed.Wait()
	}
	return 0
}
