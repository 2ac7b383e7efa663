// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Opened directories.

package posix

// directory is an opened directory node.
type directory node

func (d directory) read(*file, []byte, int64) (int, Errno) { return 0, EISDIR }

func (d directory) write(*file, []byte, int64) (int, Errno) { return 0, EBADF }

// seek moves among the entries; a position is the number of the next one.
func (d directory) seek(f *file, off int64, whence int) (int64, Errno) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch whence {
	case seekCurrent:
		off += f.at
	case seekStart:
	default:
		return 0, EINVAL
	}
	if off < 0 {
		return 0, EINVAL
	}
	f.at = off
	return off, 0
}

func (d directory) status() status { return node(d).status() }

func (d directory) control(arguments) (uintptr, Errno) { return 0, ENOTTY }

func (d directory) pollable(int) bool { return false }

func (d directory) close(*file) {}

// entry returns the name and node of entry number i: first the directory
// itself and its parent, then its children.
func (d directory) entry(i int64) (string, node, bool) {
	switch i {
	case 0:
		return ".", node(d), true
	case 1:
		return "..", nodes[d].parent, true
	}
	i -= 2
	for child := nodeDev; child < nodeCount; child++ {
		if nodes[child].parent != node(d) {
			continue
		}
		if i == 0 {
			return nodes[child].name, child, true
		}
		i--
	}
	return "", 0, false
}

// entries fills b with struct linux_dirent64 from the file's position on, and
// returns how many bytes that took. EINVAL: not even one fits.
func (d directory) entries(f *file, b []byte) (int, Errno) {
	f.mu.Lock()
	defer f.mu.Unlock()
	done := 0
	for {
		name, n, ok := d.entry(f.at)
		if !ok {
			return done, 0
		}
		size := direntSize(name)
		if done+size > len(b) {
			break
		}
		f.at++
		putDirent(b[done:done+size], name, n, f.at)
		done += size
	}
	if done == 0 {
		return 0, EINVAL
	}
	return done, 0
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
	put16(b[16:], uint16(len(b)))
	b[18] = byte(nodes[n].mode >> 12) // d_type is the mode's type bits
	copy(b[direntName:], name)
}
