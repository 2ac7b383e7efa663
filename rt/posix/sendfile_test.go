// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build !domlet

// Files sent through sockets. Host only.

package posix

import (
	"bytes"
	"testing"
)

// sent makes a file of n bytes and a pair of sockets, the first of which does not
// wait.
func sent(t *testing.T, s *system, n int) (file, to, from int, data []byte) {
	t.Helper()
	data = make([]byte, n)
	for i := range data {
		data[i] = byte(i * 7 >> 3)
	}
	file = s.must(t, "open", "/sent", oReadWrite|oCreate, 0o644)
	s.must(t, "write", file, data, len(data))
	s.must(t, "lseek", file, 0, seekStart)
	pair := make([]byte, 8)
	s.must(t, "socketpair", FamilyUnix, KindStream|oNonblock, 0, pair)
	return file, int(get32(pair)), int(get32(pair[4:])), data
}

func TestSendfile(t *testing.T) {
	s, _ := newSystem()
	file, to, from, data := sent(t, s, 100_000)
	got := make([]byte, 0, len(data))
	b := make([]byte, 1<<20)
	for len(got) < len(data) { // as often as the socket takes no more
		n := s.must(t, "sendfile", to, file, nil, 1<<30)
		if at := s.must(t, "lseek", file, 0, seekCurrent); at != len(got)+n {
			t.Fatalf("the file's position is %d after %d bytes and %d", at, len(got), n)
		}
		for n > 0 {
			k := s.must(t, "read", from, b, len(b))
			got, n = append(got, b[:k]...), n-k
		}
	}
	if !bytes.Equal(got, data) {
		t.Error("other bytes came")
	}
	if n := s.must(t, "sendfile", to, file, nil, 10); n != 0 {
		t.Errorf("at the file's end %d bytes went", n)
	}
	offset := make([]byte, 8)
	put64(offset, 99_990)
	if n := s.must(t, "sendfile", to, file, offset, 100); n != 10 || get64(offset) != 100_000 {
		t.Errorf("from an offset %d bytes went, it is %d now", n, get64(offset))
	}
	if n := s.must(t, "read", from, b, len(b)); !bytes.Equal(b[:n], data[99_990:]) {
		t.Errorf("from an offset came %d bytes", n)
	}
}

func TestSendfileRefused(t *testing.T) {
	s, _ := newSystem()
	file, to, from, _ := sent(t, s, 10)
	write := s.must(t, "open", "/sent", oWriteOnly, 0)
	end := s.must(t, "open", "/sent", oReadWrite|oAppend, 0)
	negative := make([]byte, 8)
	put64(negative, 1<<63)
	for _, c := range []struct {
		to, from int
		offset   []byte
		want     Errno
	}{
		{to, 99, nil, EBADF}, {to, write, nil, EBADF}, {to, from, nil, EINVAL}, {end, file, nil, EINVAL}, {to, file, negative, EINVAL},
	} {
		if _, e := s.do("sendfile", c.to, c.from, c.offset, 10); e != c.want {
			t.Errorf("sendfile(%d, %d): errno %d, want %d", c.to, c.from, e, c.want)
		}
	}
	for range 1 << 16 { // nobody reads
		if _, e := s.do("sendfile", to, file, make([]byte, 8), 10); e == EAGAIN {
			return
		} else if e != 0 {
			t.Fatalf("errno %d", e)
		}
	}
	t.Error("the socket takes everything")
}
