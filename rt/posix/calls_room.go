// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

// Calls that ask how much room there is: statfs and its kin.

package posix

// Kinds of file systems, as Linux tells them (linux/magic.h): the tree is of the
// kind that Linux keeps in memory too.
const (
	kindTree    = 0x01021994 // TMPFS_MAGIC
	kindPipes   = 0x50495045 // PIPEFS_MAGIC
	kindSockets = 0x534f434b // SOCKFS_MAGIC
)

const statfsSize = 120 // struct statfs of amd64

// statfs: directory fd, path, result.
func (s *system) statfs(a *arguments) (uintptr, Errno) {
	if _, e := s.lookup(a, 0, 1, true); e != 0 {
		return 0, e
	}
	return 0, s.storeRoom(a, 2, kindTree)
}

// fstatfs: fd, result.
func (s *system) fstatfs(a *arguments) (uintptr, Errno) {
	kind := uint64(kindTree)
	if st := a.file.object.status(); a.file.inode() == nil {
		switch st.mode & modeType {
		case modePipe:
			kind = kindPipes
		case modeSocket:
			kind = kindSockets
		}
	}
	return 0, s.storeRoom(a, 1, kind)
}

// storeRoom stores struct statfs where argument i points. Only the tree has room
// to speak of. It counts in pages; what one more name costs bounds their number.
func (s *system) storeRoom(a *arguments, i int, kind uint64) Errno {
	var b [statfsSize]byte
	put64(b[0:], kind)
	put64(b[8:], pageSize)
	if kind == kindTree {
		t := s.files()
		left := t.room.left.Load()
		put64(b[16:], uint64(t.all)/pageSize)
		put64(b[24:], uint64(left)/pageSize)
		put64(b[32:], uint64(left)/pageSize)
		put64(b[40:], uint64(t.all)/inodeCost)
		put64(b[48:], uint64(left)/inodeCost)
	}
	put64(b[64:], nameMax)
	put64(b[72:], pageSize)
	return a.store(i, b[:])
}
