// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// The ramdisk: a cpio archive of the form newc (cpio(5), and Linux's
// initramfs/buffer-format.rst). It comes from outside, so nothing it says is
// believed before it was checked. Files are not copied: they are read where the
// ramdisk lies.

package posix

const (
	cpioHeader = 110 // magic and 13 numbers of 8 hexadecimal digits
	cpioMagic  = "070701"
	cpioSums   = "070702" // the same with sums, which nothing here reads
	cpioEnd    = "TRAILER!!!"
)

// codeRamdisk is the exit code of a domain whose ramdisk cannot be read.
const codeRamdisk = 125

// record is one entry of the archive.
type record struct {
	name     string
	data     []byte // in the ramdisk
	inode    uint32
	mode     uint32
	uid, gid uint32
	links    uint32
	modified uint32 // seconds since 1970
	device   uint64 // that the inode number is of
}

// archive is what is left to read.
type archive struct {
	left    []byte
	at      int // how much was read
	problem string
}

// next returns the next record; false at the end, or where the archive is wrong.
func (c *archive) next() (r record, ok bool) {
	for len(c.left) > 0 && c.left[0] == 0 { // padding between archives
		c.skip(1)
	}
	if len(c.left) == 0 {
		return r, false
	}
	var field [13]uint32
	if !c.header(&field) {
		return r, false
	}
	r = record{inode: field[0], mode: field[1], uid: field[2], gid: field[3], links: field[4], modified: field[5]}
	r.device = uint64(field[7])<<32 | uint64(field[8])
	name, size := uint64(field[11]), uint64(field[6])
	dataAt := (cpioHeader + name + 3) &^ 3
	if name == 0 || name > pathMax || dataAt+size > uint64(len(c.left)) {
		c.fail("is cut short, or a length in it is wrong")
		return r, false
	}
	text := c.left[cpioHeader : cpioHeader+name]
	if end := zero(text); end != len(text)-1 {
		c.fail("has a name that does not end where it says")
		return r, false
	}
	r.name, r.data = string(text[:name-1]), c.left[dataAt:dataAt+size:dataAt+size]
	c.skip(int(min((dataAt+size+3)&^3, uint64(len(c.left)))))
	return r, r.name != cpioEnd || c.another()
}

// zero returns where the first byte of 0 is, -1 if there is none.
func zero(b []byte) int {
	for i, c := range b {
		if c == 0 {
			return i
		}
	}
	return -1
}

// another reports whether the ramdisk goes on behind the end of an archive.
func (c *archive) another() bool {
	for len(c.left) > 0 && c.left[0] == 0 {
		c.skip(1)
	}
	return len(c.left) > 0
}

func (c *archive) skip(n int) { c.left, c.at = c.left[n:], c.at+n }

// fail says what is wrong, and where: at a byte of the archive.
func (c *archive) fail(why string) {
	c.problem = "the archive " + why + " (at byte " + decimal(c.at) + "): make it again with mkimage -files"
}

// header reads magic and numbers.
func (c *archive) header(field *[13]uint32) bool {
	if len(c.left) < cpioHeader {
		c.fail("is cut short")
		return false
	}
	if magic := string(c.left[:6]); magic != cpioMagic && magic != cpioSums {
		c.fail("is not a cpio archive of the form newc")
		return false
	}
	for i := range field {
		v, ok := hexField(c.left[6+8*i:])
		if !ok {
			c.fail("has no number where one should be")
			return false
		}
		field[i] = v
	}
	return true
}

// hexField reads eight hexadecimal digits.
func hexField(b []byte) (v uint32, ok bool) {
	for _, c := range b[:8] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint32(c)
	}
	return v, true
}

// identity is what names of the same file share in an archive.
type identity struct {
	device uint64
	inode  uint32
}

// unpack puts a ramdisk's files into the tree. It returns what is wrong with
// it, "" when nothing is. The lock is held.
func (t *tree) unpack(s *system, ramdisk []byte) string {
	c := archive{left: ramdisk}
	seen := map[identity]*inode{}
	for {
		r, ok := c.next()
		switch {
		case !ok:
			return c.problem
		case r.name == cpioEnd:
			clear(seen)
		default:
			if e := t.place(s, &r, seen); e != 0 {
				return why(e, &r)
			}
		}
	}
}

// why says what is wrong with one record.
func why(e Errno, r *record) string {
	if e == ENOSPC {
		return "no room for its names: give the domain more memory=, or files.limit= more"
	}
	return "cannot make " + r.name + " (errno " + decimal(int(e)) + "): make it again with mkimage -files"
}

// place puts one record into the tree, and the directories above it if they
// are missing. Devices are left out: those there are come from this package.
func (t *tree) place(s *system, r *record, seen map[identity]*inode) Errno {
	format := r.mode & modeType
	p, e := t.parents(s, r.name)
	if e != 0 || !p.named() {
		if e == 0 {
			p.dir.adopt(r)
		}
		return e
	}
	id := identity{r.device, r.inode}
	switch old := seen[id]; {
	case format == modeLink && p.node == nil:
		_, e = t.makeLink(p.dir, p.name, string(r.data))
		return e
	case format != modeRegular && format != modeDirectory:
		return 0
	case p.node != nil && p.node.format != format:
		return EEXIST
	case p.node != nil: // said twice: the later one counts
	case format == modeRegular && r.links > 1 && old != nil:
		p.node, e = old, t.link(p.dir, p.name, old)
	default:
		p.node, e = t.make(p.dir, p.name, format, 0)
		if format == modeRegular {
			seen[id] = p.node
		}
	}
	if e == 0 {
		p.node.adopt(r)
	}
	return e
}

// parents returns the place of a name in the ramdisk. Links in it are not
// followed: what an archive holds must not depend on where its links lead.
func (t *tree) parents(s *system, path string) (place, Errno) {
	p := place{dir: t.root}
	for path = trimSlashes(path); ; {
		var name string
		name, path, _ = cutPath(path)
		if name == ".." || len(name) > nameMax {
			return p, EINVAL
		}
		p.name, p.node = name, p.dir.names.get(name)
		if path == "" {
			return p, 0
		}
		if name == "." {
			continue
		}
		if p.node == nil {
			n, e := t.make(p.dir, name, modeDirectory, 0o755)
			if e != 0 {
				return p, e
			}
			p.node = n
		}
		if !p.node.directory() {
			return p, ENOTDIR
		}
		p.dir = p.node
	}
}

// adopt takes a record's attributes, and what it holds.
func (n *inode) adopt(r *record) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.bits, n.uid, n.gid = r.mode&modeBits, r.uid, r.gid
	n.modified = moment{sec: int64(r.modified)}
	if n.regular() && len(r.data) > 0 { // of several names only one has the data
		n.content = content{base: r.data, size: int64(len(r.data))}
	}
}
