// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// What stat and its kin say about a file, how it is laid out for them, and the
// byte order of everything laid out for a caller.

package posix

// File types in a mode, Linux's values.
const (
	modeType      = 0o170000
	modePipe      = 0o010000
	modeDevice    = 0o020000 // a character device
	modeDirectory = 0o040000
	modeBlock     = 0o060000
	modeRegular   = 0o100000
	modeLink      = 0o120000
	modeSocket    = 0o140000
)

const (
	statSize  = 144 // struct stat of amd64
	statxSize = 256 // struct statx
	// statxBasic: type, mode, nlink, uid, gid, three times, ino, size, blocks,
	// and the time of birth.
	statxBasic = 0xfff
)

// status is what is known of a file. It has no padding: else a function that
// compares two of them would be in every image.
type status struct {
	inode        uint64
	mode         uint32
	links        uint32
	uid, gid     uint32
	major, minor uint32 // of the device a node stands for
	size         int64
	block        int64 // preferred size of a transfer, in bytes
	blocks       int64 // what the file takes, in units of 512 bytes
	accessed     moment
	modified     moment
	changed      moment
	born         moment
}

// storeStat stores s as struct stat where argument i points.
func (a *arguments) storeStat(i int, s *status) Errno {
	var b [statSize]byte
	put64(b[0:], 1) // st_dev
	put64(b[8:], s.inode)
	put64(b[16:], uint64(s.links))
	put32(b[24:], s.mode)
	put32(b[28:], s.uid)
	put32(b[32:], s.gid)
	put64(b[40:], uint64(s.major)<<8|uint64(s.minor)) // st_rdev
	put64(b[48:], uint64(s.size))
	put64(b[56:], uint64(s.block))
	put64(b[64:], uint64(s.blocks))
	for j, m := range [...]moment{s.accessed, s.modified, s.changed} {
		put64(b[72+16*j:], uint64(m.sec))
		put64(b[80+16*j:], uint64(m.nsec))
	}
	return a.store(i, b[:])
}

// storeStatx stores s as struct statx where argument i points.
func (a *arguments) storeStatx(i int, s *status) Errno {
	var b [statxSize]byte
	put32(b[0:], statxBasic)
	put32(b[4:], uint32(s.block))
	put32(b[16:], s.links)
	put32(b[20:], s.uid)
	put32(b[24:], s.gid)
	b[28], b[29] = byte(s.mode), byte(s.mode>>8)
	put64(b[32:], s.inode)
	put64(b[40:], uint64(s.size))
	put64(b[48:], uint64(s.blocks))
	for j, m := range [...]moment{s.accessed, s.born, s.changed, s.modified} {
		put64(b[64+16*j:], uint64(m.sec))
		put32(b[72+16*j:], uint32(m.nsec))
	}
	put32(b[128:], s.major)
	put32(b[132:], s.minor)
	put32(b[140:], 1) // stx_dev_minor
	return a.store(i, b[:])
}

// put32 and put64 store little-endian, as amd64 does, in one instruction.

func put32(b []byte, v uint32) {
	_ = b[3]
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
}

func put64(b []byte, v uint64) {
	_ = b[7]
	b[0], b[1], b[2], b[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
	b[4], b[5], b[6], b[7] = byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56)
}

// get32 and get64 load little-endian.

func get32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

func get64(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}
