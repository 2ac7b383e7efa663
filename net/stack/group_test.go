// SPDX-FileCopyrightText: The domlet authors
// SPDX-License-Identifier: BSD-3-Clause

//go:build linux && amd64

// Joining groups by struct group_req, here and on Linux. Host only.

package stack

import (
	"encoding/binary"
	"testing"

	"github.com/domlet/domlet/rt/posix"
)

// groupRequest is a struct group_req for the loopback interface.
func groupRequest(family int, address []byte) []byte {
	b := make([]byte, 136)
	binary.LittleEndian.PutUint32(b, loopbackNIC)
	binary.LittleEndian.PutUint16(b[8:], uint16(family))
	at := 12
	if family == posix.FamilyInet6 {
		at = 16
	}
	copy(b[at:], address)
	return b
}

// TestGroupRequest: what a request to join or to leave a group answers is what Linux
// answers.
func TestGroupRequest(t *testing.T) {
	group4, group6 := []byte{224, 0, 0, 250}, append([]byte{0xff, 0x01}, make([]byte, 14)...)
	group6[15] = 0xfa
	for _, c := range []struct {
		family, level int
		request       []byte
	}{
		{posix.FamilyInet4, levelIP, groupRequest(posix.FamilyInet4, group4)},
		{posix.FamilyInet6, levelIPv6, groupRequest(posix.FamilyInet6, group6)},
		{posix.FamilyInet4, levelIP, groupRequest(posix.FamilyInet4, group4)[:8]},
	} {
		var answers [2][]posix.Errno
		for i, s := range []side{newOurs(t), kernel{}} {
			fd, e := s.socket(c.family, posix.KindDatagram, 0)
			if e != 0 {
				t.Fatalf("socket: errno %d", e)
			}
			for _, name := range []int{joinGroup, joinGroup, leaveGroup, leaveGroup} {
				answers[i] = append(answers[i], s.set(fd, c.level, name, c.request))
			}
			s.close(fd)
		}
		for i, want := range answers[1] {
			if got := answers[0][i]; got != want {
				t.Errorf("family %d, %d bytes, step %d: errno %d, on Linux %d", c.family, len(c.request), i, got, want)
			}
		}
	}
}
