// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Opened nodes: the directories and the devices of /dev other than the
// console.

package posix

// opened is the object of a node that was opened.
type opened struct {
	node node
	k    kernel
}

func (o *opened) read(_ *file, b []byte, _ int64) (int, Errno) {
	switch o.node {
	case nodeRoot, nodeDev:
		return 0, EISDIR
	case nodeNull:
		return 0, 0
	case nodeRandom, nodeURandom:
		randomize(o.k, b)
	default:
		clear(b)
	}
	return len(b), 0
}

// randomize fills b in pieces: the kernel does not switch threads during one.
func randomize(k kernel, b []byte) {
	for len(b) > 0 {
		n := min(len(b), 4096)
		k.random(b[:n])
		b = b[n:]
	}
}

// write takes everything; what is written to the random devices is not needed
// as entropy. Directories are never open for writing.
func (o *opened) write(_ *file, b []byte, _ int64) (int, Errno) {
	if o.node == nodeFull && len(b) > 0 {
		return 0, ENOSPC
	}
	return len(b), 0
}

// seek moves among a directory's entries; a position is the number of the next
// one. The devices have none and stay at 0.
func (o *opened) seek(f *file, off int64, whence int) (int64, Errno) {
	if !o.node.directory() {
		return 0, 0
	}
	e := Errno(0)
	f.mu.Lock()
	if whence == seekCurrent {
		off += f.at
	}
	if off < 0 || whence > seekCurrent {
		e = EINVAL
	} else {
		f.at = off
	}
	f.mu.Unlock()
	return off, e
}

func (o *opened) capacity(int64) (uintptr, Errno) { return 0, EBADF }

func (o *opened) status() status { return o.node.status() }

func (o *opened) close(*file) {}

// entry returns the name and node of entry number i of directory n: first
// itself and its parent, then its children.
func (n node) entry(i int64) (string, node, bool) {
	switch i {
	case 0:
		return ".", n, true
	case 1:
		return "..", nodes[n].parent, true
	}
	for child := nodeDev; child < nodeCount; child++ {
		if nodes[child].parent != n {
			continue
		}
		if i--; i == 1 {
			return nodes[child].name, child, true
		}
	}
	return "", 0, false
}

// entries fills b with struct linux_dirent64 from the file's position on, and
// returns how many bytes that took. EINVAL: not even one fits.
func (n node) entries(f *file, b []byte) (uintptr, Errno) {
	f.mu.Lock()
	defer f.mu.Unlock()
	done := 0
	for {
		name, child, ok := n.entry(f.at)
		size := direntSize(name)
		switch {
		case !ok, done > 0 && done+size > len(b):
			return uintptr(done), 0
		case size > len(b):
			return 0, EINVAL
		}
		f.at++
		putDirent(b[done:done+size], name, child, f.at)
		done += size
	}
}

// direntName is where the name begins in a struct linux_dirent64.
const direntName = 19

// direntSize is the length of name's entry: header, name, NUL, to 8 bytes.
func direntSize(name string) int { return (direntName + len(name) + 1 + 7) &^ 7 }

// putDirent lays out one entry; next is the position after it.
func putDirent(b []byte, name string, n node, next int64) {
	clear(b)
	put64(b[0:], uint64(n)+1)
	put64(b[8:], uint64(next))
	b[16] = byte(len(b)) // d_reclen; no entry here is longer than 255
	b[18] = byte(nodes[n].mode >> 12)
	copy(b[direntName:], name)
}
